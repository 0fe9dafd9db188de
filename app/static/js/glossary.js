// The meaning of a glossary term appears by CSS. Escape puts it away until the pointer or focus leaves;
// near the right edge it opens to the left.
const terms = document.querySelectorAll(".glossary-term[data-meaning]");

if (terms.length) {
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const term of terms) if (term.matches(":hover, :focus")) term.classList.add("is-quiet");
  });
  const room = 316;
  for (const term of terms) {
    const place = () => term.classList.toggle("is-right", term.getBoundingClientRect().left + room > innerWidth);
    for (const name of ["pointerenter", "focus"]) term.addEventListener(name, place);
    for (const name of ["pointerleave", "blur"]) term.addEventListener(name, () => term.classList.remove("is-quiet"));
  }
}
