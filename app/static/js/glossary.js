// The meaning of a glossary term appears by CSS; Escape puts it away until the pointer or focus leaves.
const terms = document.querySelectorAll(".glossary-term[data-meaning]");

if (terms.length) {
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const term of terms) if (term.matches(":hover, :focus")) term.classList.add("is-quiet");
  });
  for (const term of terms) {
    for (const name of ["pointerleave", "blur"]) term.addEventListener(name, () => term.classList.remove("is-quiet"));
  }
}
