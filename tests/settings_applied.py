"""A recorded setting put into the snippet that asks the default: what shows that it gives the variant it is written for."""

import ast
import re

from nnparity.oracles.atlas.names import public_names
from nnparity.reports.atlas.settings import code_of

ONNX_ATTRIBUTE = re.compile(r"^(\w+)=(\[[\d., -]*\]|[\w.-]+)$")


def applied(code: str, setting: str) -> str | None:
    """The snippet with the arguments that the setting's first code gives: to the call that it names, else to the last public
    function. None where the setting is no call with keywords, or names what a snippet does not have."""
    if any(name.startswith("onnx.") for name in public_names(code)):
        return onnx_applied(code, setting)
    written = next(iter(code_of(setting)), "")
    try:
        tree = ast.parse(f"f({written})" if re.match(r"\w+=", written) else written, mode="eval").body
    except SyntaxError:
        return None
    if not isinstance(tree, ast.Call) or not tree.keywords:
        return None
    wanted = last(ast.unparse(tree.func))
    snippet = ast.parse(code)
    names = [last(name) for name in public_names(code)] if wanted == "f" else [wanted]
    calls = [node for node in ast.walk(snippet) if isinstance(node, ast.Call) and last(ast.unparse(node.func)) in names]
    imported = {(alias.asname or alias.name).partition(".")[0] for node in ast.walk(snippet)
                if isinstance(node, (ast.Import, ast.ImportFrom)) for alias in node.names}
    given = [keyword for keyword in tree.keywords if ast.unparse(keyword.value) not in (keyword.arg, "...")]  # the snippet's own
    if not calls or not given or any(node.id not in imported for keyword in given for node in ast.walk(keyword.value)
                                     if isinstance(node, ast.Name)):
        return None
    for call in calls:
        call.keywords = [k for k in call.keywords if k.arg not in {new.arg for new in given}] + given
    return ast.unparse(snippet)


def onnx_applied(code: str, setting: str) -> str | None:
    """The model's text with these attributes on the node that is asked."""
    attributes = [ONNX_ATTRIBUTE.match(part) for written in code_of(setting) for part in re.split(r", (?=\w+=)", written)]
    if not attributes or None in attributes:
        return None
    node = last(public_names(code)[-1] if len(public_names(code)) == 1 else public_names(code)[0])
    for found in attributes:
        name, value = found.groups()
        value = value if re.match(r"[\d.\[-]", value) else f'"{value}"' if '"' in code else value
        if re.search(rf"\b{name}\s*=", code):
            code = re.sub(rf"\b{name}\s*=\s*(\[[^]]*\]|\"[^\"]*\"|[\w.-]+)", f"{name} = {value}", code)
        elif re.search(rf"{node}\s*<", code):
            code = re.sub(rf"({node}\s*<)", rf"\1{name} = {value}, ", code, count=1)
        else:
            code = re.sub(rf"({node})\s*\(", rf"\1 <{name} = {value}> (", code, count=1)
    return code


def last(name: str) -> str:
    return name.rpartition(".")[2]
