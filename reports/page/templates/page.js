"use strict";
(() => {
  const table = document.getElementById("rows");
  const body = table.tBodies[0];
  const heads = [...table.tHead.rows[0].cells];
  const column = name => heads.findIndex(th => th.dataset.column === name);
  const NAME = column("implementation"), VERDICT = column("verdict");
  const PAGE = 50, MORE = 500;  // a browser lays out that many at once and stays quick; the others wait outside the document

  const rows = Array.from(body.rows, (tr, place) => ({
    tr, place, text: tr.textContent.toLowerCase(),
    name: tr.cells[NAME].firstChild.data.trim(), verdict: tr.cells[VERDICT].textContent.trim(),
  }));
  const text = document.getElementById("filter-text");
  const name = document.getElementById("filter-implementation");
  const verdict = document.getElementById("filter-verdict");
  const status = document.getElementById("rows-status");
  const more = document.getElementById("rows-more");
  let found = rows, shown = PAGE;

  function show() {
    body.replaceChildren(...found.slice(0, shown).map(row => row.tr));
    const n = Math.min(shown, found.length);
    status.textContent = `${n.toLocaleString("en")} of ${found.length.toLocaleString("en")} shown` +
      (found.length < rows.length ? `, ${rows.length.toLocaleString("en")} in all` : "");
    more.hidden = n >= found.length;
  }

  function filter() {
    const words = text.value.toLowerCase().split(/\s+/).filter(Boolean);
    found = rows.filter(row => (!name.value || row.name === name.value) && (!verdict.value || row.verdict === verdict.value)
      && words.every(word => row.text.includes(word)));
    shown = PAGE;
    show();
  }

  function key(row, index, numeric) {
    const cell = row.tr.cells[index];
    if (!numeric) return cell.textContent.trim();
    const value = Number(cell.dataset.sort ?? cell.textContent.replaceAll(",", ""));
    return Number.isNaN(value) || !cell.textContent.trim() ? -Infinity : value;
  }

  function sort(index) {
    const th = heads[index], numeric = "numeric" in th.dataset;
    const up = th.ariaSort ? th.ariaSort !== "ascending" : !numeric;  // numbers start with the largest
    heads.forEach(other => other.removeAttribute("aria-sort"));
    th.setAttribute("aria-sort", up ? "ascending" : "descending");
    const compare = new Intl.Collator("en", {numeric: true}).compare;
    const keys = new Map(rows.map(row => [row, key(row, index, numeric)]));
    rows.sort((a, b) => {
      const x = keys.get(a), y = keys.get(b);
      const order = numeric ? (x > y) - (x < y) : compare(x, y);
      return (up ? order : -order) || a.place - b.place;
    });
    filter();
  }

  heads.forEach((th, index) => th.querySelector("button").addEventListener("click", () => sort(index)));
  [text, name, verdict].forEach(control => control.addEventListener("input", filter));
  more.addEventListener("click", () => { shown += MORE; show(); });
  document.querySelectorAll("[data-verdict]").forEach(link => link.addEventListener("click", () => {
    verdict.value = link.dataset.verdict;
    filter();
  }));
  document.getElementById("rows-controls").hidden = false;
  document.querySelectorAll("[data-filters]").forEach(controls => {
    const list = document.getElementById(controls.dataset.filters);
    const said = document.querySelector(`[data-filter-status="${list.id}"]`);
    const search = controls.querySelector("input"), group = controls.querySelector("select:not([data-tags])");
    const tags = controls.querySelector("select[data-tags]");
    const entries = Array.from(list.children, element => ({element, text: element.textContent.toLowerCase()}));
    function narrow() {
      const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
      let n = 0;
      for (const {element, text} of entries) {
        const fits = (!group.value || element.dataset.group === group.value) &&
          (!tags?.value || element.dataset.tags.split(" ").includes(tags.value)) && words.every(word => text.includes(word));
        element.hidden = !fits;
        n += fits;
      }
      said.textContent = n < entries.length ? `${n} of ${entries.length} shown` : `${n} in all`;
    }
    [search, group, tags].forEach(control => control?.addEventListener("input", narrow));
    controls.hidden = false;
    narrow();
  });
  addEventListener("beforeprint", () => document.querySelectorAll("details").forEach(details => { details.open = true; }));
  filter();
})();
