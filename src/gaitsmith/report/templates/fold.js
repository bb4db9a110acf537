// On a phone, what is marked as foldable starts folded; a link to its section opens it. Paper and
// wide screens have everything open, as the page has without this script.
(() => {
  "use strict";
  const folds = [...document.querySelectorAll("details.fold")];
  const small = matchMedia("screen and (max-width: 40rem)");
  const all = (open) => folds.forEach((d) => { d.open = open; });
  const reveal = (hash) => {
    const at = hash.length > 1 && document.getElementById(decodeURIComponent(hash.slice(1)));
    const fold = at && at.querySelector("details.fold");
    if (fold) fold.open = true;
  };
  all(!small.matches);
  reveal(location.hash);
  small.addEventListener("change", () => all(!small.matches));
  addEventListener("hashchange", () => reveal(location.hash));
  addEventListener("click", (e) => {
    const link = e.target.closest && e.target.closest('a[href^="#"]');
    if (link) reveal(link.hash);
  });
  let before = [];
  addEventListener("beforeprint", () => { before = folds.map((d) => d.open); all(true); });
  addEventListener("afterprint", () => folds.forEach((d, i) => { d.open = before[i]; }));
})();
