"""Several thousand texts that try to run a script, made from their parts; `alert(1)` is what they want to do.

Known vectors (tests/infra/xss_payloads.py) and all combinations of an element, a handler, a separator and a quote, of a
form of link with a spelling of an address, and of a wrapper that parsers are known to lose their way in.
"""

from __future__ import annotations

from itertools import product

from tests.infra.xss_payloads import PAYLOADS as KNOWN

ELEMENTS = (
    "img src=x",
    "img srcset=x",
    "svg",
    "svg><g",
    "math",
    "body",
    "html",
    "iframe",
    "frameset",
    "embed src=x",
    "object data=x",
    "video src=x",
    "video><source src=x",
    "audio src=x",
    "track src=x",
    "input autofocus",
    "input type=image src=x",
    "select autofocus",
    "textarea autofocus",
    "keygen autofocus",
    "button autofocus",
    "details open",
    "marquee",
    "a href=x",
    "area href=x",
    "form",
    "label",
    "p",
    "div contenteditable",
    "table background=x",
    "style",
    "link rel=stylesheet href=x",
    "meta",
    "base href=x",
    "script src=x",
    "template",
    "noscript",
    "xmp",
    "xss",
    "custom-part tabindex=1",
    "dialog open",
    "slot",
    "portal src=x",
    "bgsound src=x",
    "image src=x",
    "isindex",
)
HANDLERS = (
    "onload",
    "onerror",
    "onfocus",
    "onclick",
    "onmouseover",
    "ontoggle",
    "onbegin",
    "onanimationstart",
    "ontransitionend",
    "onpointerrawupdate",
    "onscrollend",
    "onbeforeinput",
    "onstart",
    "oncanplay",
    "onpageshow",
    "ONLOAD",
    "onwebkitanimationend",
    "oncontentvisibilityautostatechange",
)
SEPARATORS = (" ", "/", "\n", "\t", "\x0c", "\r\n")
QUOTES = ("", '"', "'", "`")

ADDRESSES = (
    "javascript:alert(1)",
    "JAVASCRIPT:alert(1)",
    "java\tscript:alert(1)",
    "java\nscript:alert(1)",
    "java\r\nscript:alert(1)",
    " javascript:alert(1)",
    "\x01javascript:alert(1)",
    "\x1fjavascript:alert(1)",
    "javascript&colon;alert(1)",
    "javascript&#58;alert(1)",
    "javascript&#x3a;alert(1)",
    "&#106;avascript:alert(1)",
    "&#0000106avascript:alert(1)",
    "&#x6a&#x61vascript:alert(1)",
    "javascript&Tab;:alert(1)",
    "java&NewLine;script:alert(1)",
    "javascript:/*--></title></style>*/alert(1)",
    "javascript://e.test/%0aalert(1)",
    "javascript:\\u0061lert(1)",
    "data:text/html,<script>alert(1)</script>",
    "data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==",
    "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
    "data:,alert(1)",
    "vbscript:alert(1)",
    "blob:https://academy.test/1",
    "filesystem:https://academy.test/x",
    "view-source:javascript:alert(1)",
    "feed:javascript:alert(1)",
    "jar:javascript:alert(1)",
    "x-javascript:alert(1)",
    "mocha:alert(1)",
    "ms-its:alert(1)",
    "\u200bjavascript:alert(1)",
    "\u00adjavascript:alert(1)",
    "\ufeffjavascript:alert(1)",
    "\u202ejavascript:alert(1)",
    "ｊavascript:alert(1)",
    "javas\u0441ript:alert(1)",
    "//evil.test/x",
    "/\\evil.test",
    "\\\\evil.test",
    "///evil.test",
)
LINKS = (
    "[a]({0})",
    "[a](<{0}>)",
    '[a]({0} "t")',
    "[a]( {0} )",
    "![a]({0})",
    "<{0}>",
    "[a]: {0}\n\n[a]",
    "[a]: <{0}>\n\n[a][]",
    "[![a](x)]({0})",
    "[a](\n{0})",
    '<a href="{0}">a</a>',
    "<a href={0}>a</a>",
    '<area href="{0}">',
    '<iframe src="{0}">',
    '<form action="{0}"><button>',
    '<button formaction="{0}">',
    '<svg><a xlink:href="{0}"><text>a</text></a></svg>',
    '<math href="{0}">a</math>',
    '<object data="{0}">',
    '<embed src="{0}">',
    '<meta http-equiv=refresh content="0;url={0}">',
    '<base href="{0}">',
    '<link rel=import href="{0}">',
    '<svg><set attributeName=href to="{0}">',
)
WRAPPERS = (
    "{0}",
    "a {0} b",
    "> {0}",
    "- {0}",
    "1. {0}",
    "**{0}**",
    "`x`{0}",
    "# {0}",
    "| a |\n|---|\n| {0} |",
    "<!-- {0} -->",
    "<!--><p>{0}",
    "<![CDATA[{0}]]>",
    "<style><!--</style>{0}",
    "<title>{0}</title>",
    "<textarea>{0}</textarea>",
    "<noscript>{0}</noscript>",
    "<svg><style>{0}</style></svg>",
    "<math><mtext><mglyph><style>{0}</style></mglyph></mtext></math>",
    "<svg><desc>{0}</desc></svg>",
    "<svg><foreignObject>{0}</foreignObject></svg>",
    "<template>{0}</template>",
    "<select><option>{0}</select>",
    "<table><td>{0}</table>",
    "<form><math><mtext></form><form>{0}",
    "<p title='</p>{0}'>",
    "\\{0}",
    "\x02{0}\x03",
    "[{0}](x)",
    "[a](x '{0}')",
    "![{0}](x)",
    '!!! note "{0}"\n    {0}',
    '<x y="\x00">{0}',
)
KERNELS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "[a](javascript:alert(1))",
)


def handlers() -> list[str]:
    """An element with a handler, in every combination of separator and quote that its turn brings."""
    shapes = list(product(SEPARATORS, QUOTES))
    made = []
    for turn, (element, handler) in enumerate(product(ELEMENTS, HANDLERS)):
        for step in range(4):
            separator, quote = shapes[(turn * 7 + step * 5) % len(shapes)]
            made.append(f"<{element}{separator}{handler}={quote}alert(1){quote}>x")
    return made


def links() -> list[str]:
    """Every form of link with every spelling of an address."""
    return [form.format(address) for form, address in product(LINKS, ADDRESSES)]


def wrapped() -> list[str]:
    """Every wrapper around the four kernels, and two wrappers around each other."""
    once = [wrapper.replace("{0}", kernel) for wrapper, kernel in product(WRAPPERS, KERNELS)]
    twice = [
        outer.replace("{0}", inner.replace("{0}", KERNELS[(a + b) % len(KERNELS)]))
        for (a, outer), (b, inner) in product(enumerate(WRAPPERS), repeat=2)
    ]
    return once + twice


PAYLOADS: tuple[str, ...] = tuple(dict.fromkeys([*KNOWN, *handlers(), *links(), *wrapped()]))
