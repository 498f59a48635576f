"use strict";
(() => {
  const root = document.documentElement.dataset.root;
  const byId = id => document.getElementById(id);
  const words = text => text.toLowerCase().match(/[\p{L}\p{N}_.+-]*[\p{L}\p{N}_]/gu) ?? [];

  // ---- the address: #id opens what it points to; #key=value&key=value sets the filters of the page
  const filters = () => new URLSearchParams(location.hash.includes("=") ? location.hash.slice(1) : "");

  function open() {
    if (location.hash.length < 2 || location.hash.includes("=")) return;
    const target = byId(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    for (let e = target; e; e = e.parentElement) if (e.tagName === "DETAILS") e.open = true;
    target.scrollIntoView();
  }

  // Binds the controls to the address: read now and whenever it changes, written as a person types.
  function bound(controls, narrow) {
    const fields = [...controls.querySelectorAll("[data-key]")];
    const values = () => Object.fromEntries(fields.map(field => [field.dataset.key, field.value]));
    function read() {
      const given = filters();
      fields.forEach(field => { field.value = given.get(field.dataset.key) ?? ""; });
      narrow(values());
    }
    fields.forEach(field => field.addEventListener("input", () => {
      const given = new URLSearchParams(Object.entries(values()).filter(([, value]) => value));
      history.replaceState(null, "", `#${given}`);
      narrow(values());
    }));
    addEventListener("hashchange", read);
    controls.hidden = false;
    read();
  }

  // ---- lists with filters
  document.querySelectorAll("[data-filters]").forEach(controls => {
    const list = byId(controls.dataset.filters);
    const said = document.querySelector("[data-filter-status]");
    const entries = Array.from(list.children, element => ({element, text: element.textContent.toLowerCase()}));
    bound(controls, ({text, ...others}) => {
      const wanted = words(text);
      let n = 0;
      for (const {element, text: own} of entries) {
        const fits = wanted.every(word => own.includes(word)) && Object.entries(others).every(([key, value]) =>
          !value || element.dataset[key].split(key === "differ" ? " " : "\n").includes(value));
        element.hidden = !fits;
        n += fits;
      }
      said.textContent = n < entries.length ? `${n} of ${entries.length} shown` : `${n} in all`;
    });
  });

  // ---- the table of all rows, made from rows.js
  const table = byId("rows");
  if (table && window.NNPARITY_ROWS) {
    const data = window.NNPARITY_ROWS, PAGE = 50, MORE = 500;
    const controls = byId("rows-controls"), status = byId("rows-status"), more = byId("rows-more");
    const heads = [...table.tHead.rows[0].cells];
    const rows = data.rows.map(([name, network, implementation, verdict, error, path, arrays, page]) => {
      const cells = [name, data.networks[network], data.implementations[implementation], data.verdicts[verdict], error,
                     data.paths[path], arrays];
      return {cells, page: data.pages[page], text: cells.join(" ").toLowerCase()};
    });
    for (const [key, names] of [["implementation", data.implementations], ["verdict", data.verdicts]])
      controls.querySelector(`[data-key=${key}]`).append(...names.map(name => new Option(name)));
    let found = rows, shown = PAGE;
    const number = error => typeof error === "number" ? error.toPrecision(3).replace(/\.?0+(?=e|$)/, "") : error ?? "";
    function line({cells, page}) {
      const tr = document.createElement("tr");
      cells.forEach((cell, i) => {
        const td = tr.insertCell();
        if (i === 0) {
          const a = document.createElement("a");
          a.href = root + page;
          a.textContent = cell;
          td.append(a);
        } else td.textContent = i === 4 ? number(cell) : cell;
        td.className = i === 3 ? `v-${String(cell).replaceAll(" ", "-")}` : heads[i].className;
      });
      return tr;
    }
    function show() {
      table.tBodies[0].replaceChildren(...found.slice(0, shown).map(line));
      const n = Math.min(shown, found.length), count = n => n.toLocaleString("en");
      status.textContent = `${count(n)} of ${count(found.length)} shown` + (found.length < rows.length ? `, ${count(rows.length)} in all` : "");
      more.hidden = n >= found.length;
    }
    let given = {};
    function narrow(values) {
      given = values;
      const wanted = words(values.text);
      found = rows.filter(({cells, text}) => (!values.implementation || cells[2] === values.implementation) &&
        (!values.verdict || cells[3] === values.verdict) && wanted.every(word => text.includes(word)));
      shown = PAGE;
      show();
    }
    const size = error => typeof error === "number" ? error : error ? Infinity : -Infinity;
    heads.forEach((th, i) => th.querySelector("button").addEventListener("click", () => {
      const numeric = i === 4 || i === 6;
      const up = th.ariaSort ? th.ariaSort !== "ascending" : !numeric;
      heads.forEach(other => other.removeAttribute("aria-sort"));
      th.setAttribute("aria-sort", up ? "ascending" : "descending");
      const compare = new Intl.Collator("en", {numeric: true}).compare;
      rows.sort(({cells: a}, {cells: b}) => (up ? 1 : -1) * (numeric ? size(a[i]) - size(b[i]) || 0 : compare(a[i], b[i])));
      narrow(given);
    }));
    more.addEventListener("click", () => { shown += MORE; show(); });
    table.hidden = false;
    bound(controls, narrow);
  }

  // ---- search over everything: the index is loaded when somebody searches
  const find = byId("find"), list = byId("found");
  let index = null;
  const near = (a, b) => {  // whether one letter is missing, too many, another, or two are exchanged
    if (Math.abs(a.length - b.length) > 1) return false;
    let i = 0;
    while (i < a.length && a[i] === b[i]) i++;
    const x = a.slice(i), y = b.slice(i);
    return x.slice(1) === y.slice(1) || x.slice(1) === y || x === y.slice(1) || (x[0] === y[1] && x[1] === y[0] && x.slice(2) === y.slice(2));
  };
  function score(entry, wanted, like) {
    let sum = 0;
    for (const word of wanted) {
      const best = Math.max(...entry.words.map(({word: own, weight}) => own === word ? 3 * weight :
        own.startsWith(word) ? 2 * weight : word.length > 2 && own.includes(word) ? weight :
          like && word.length > 3 && near(word, own) ? 0.5 * weight : 0));
      if (!(best > 0)) return 0;
      sum += best;
    }
    return sum + (entry.kind === "list" ? 0.5 : 0) + 1 / (1 + entry.title.length);
  }
  function search() {
    const wanted = words(find.value);
    list.replaceChildren();
    list.hidden = !wanted.length;
    if (!wanted.length) return;
    if (!index) {
      index = window.NNPARITY_INDEX.map(([title, address, kind, further]) => ({title, address, kind, words: [
        ...words(title).map(word => ({word, weight: 4})), ...words(kind).map(word => ({word, weight: 2})),
        ...words(further).map(word => ({word, weight: 1}))]}));
    }
    const ranked = like => index.map(entry => ({entry, score: score(entry, wanted, like)})).filter(({score}) => score > 0)
      .sort((a, b) => b.score - a.score);
    let hits = ranked(false);
    if (!hits.length) hits = ranked(true);
    list.append(...hits.slice(0, 12).map(({entry}) => {
      const item = document.createElement("li"), a = document.createElement("a"), small = document.createElement("small");
      a.href = root + entry.address;
      a.textContent = entry.title;
      small.textContent = ` ${entry.kind}`;
      item.append(a, small);
      return item;
    }));
    if (!hits.length || hits.length > 12) {
      const item = document.createElement("li");
      item.textContent = hits.length ? `and ${hits.length - 12} more: say more words` : `nothing among ${index.length} pages has these words`;
      list.append(item);
    }
  }
  if (find) {
    const load = () => {
      if (window.NNPARITY_INDEX) return search();
      const script = document.createElement("script");
      script.src = `${root}search.js`;
      script.addEventListener("load", search);
      document.head.append(script);
    };
    find.closest(".find").hidden = false;
    find.addEventListener("focus", load, {once: true});
    find.addEventListener("input", () => window.NNPARITY_INDEX && search());
    find.addEventListener("keydown", event => {
      const links = [...list.querySelectorAll("a")];
      if (event.key === "Enter" && links.length) location.href = links[0].href;
      if (event.key === "ArrowDown" && links.length) { event.preventDefault(); links[0].focus(); }
      if (event.key === "Escape") { find.value = ""; search(); }
    });
    addEventListener("keydown", event => {
      if (event.key === "/" && !/^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement.tagName)) { event.preventDefault(); find.focus(); }
    });
    document.addEventListener("click", event => { if (!event.target.closest(".find")) list.hidden = true; });
  }

  // ---- every picture can be saved, as SVG and as PNG
  document.querySelectorAll("figure.picture, div.picture").forEach(figure => {
    const svg = figure.querySelector("svg");
    if (!svg) return;
    const name = (svg.querySelector("title")?.textContent ?? "picture").replace(/[^\w.-]+/g, "-");
    function source() {
      const copy = svg.cloneNode(true), [, , width, height] = svg.getAttribute("viewBox").split(/[\s,]+/).map(Number);
      copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
      copy.setAttribute("width", width);
      copy.setAttribute("height", height);
      copy.setAttribute("color", "#1b1f24");
      copy.setAttribute("font-family", "sans-serif");
      return {text: new XMLSerializer().serializeToString(copy), width, height};
    }
    function save(href, ending) {
      const a = document.createElement("a");
      a.href = href;
      a.download = `${name}.${ending}`;
      a.click();
    }
    const buttons = document.createElement("p");
    buttons.className = "save";
    for (const [ending, act] of [["SVG", () => save(`data:image/svg+xml;charset=utf-8,${encodeURIComponent(source().text)}`, "svg")],
      ["PNG", () => {
        const {text, width, height} = source(), image = new Image(), canvas = document.createElement("canvas"), SCALE = 3;
        image.addEventListener("load", () => {
          [canvas.width, canvas.height] = [width * SCALE, height * SCALE];
          const paper = canvas.getContext("2d");
          paper.fillStyle = "#fff";
          paper.fillRect(0, 0, canvas.width, canvas.height);
          paper.drawImage(image, 0, 0, canvas.width, canvas.height);
          save(canvas.toDataURL("image/png"), "png");
        });
        image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
      }]]) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = `Save as ${ending}`;
      button.addEventListener("click", act);
      buttons.append(button);
    }
    figure.append(buttons);
  });

  addEventListener("hashchange", open);
  open();
  addEventListener("beforeprint", () => document.querySelectorAll("main details").forEach(details => { details.open = true; }));
})();
