// Light enhancement only: every page works without this file.
"use strict";
(() => {
  // Below a narrow screen's bar the menu starts closed.
  const menu = document.querySelector("[data-menu]");
  const narrow = matchMedia("(max-width: 820px)");
  const fold = () => { if (menu) menu.open = !narrow.matches; };
  narrow.addEventListener("change", fold);
  fold();

  // "/" goes to the search field.
  document.addEventListener("keydown", (e) => {
    const field = document.querySelector("[data-search]");
    if (e.key === "/" && field && !/^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement.tagName)) {
      e.preventDefault();
      field.focus();
    }
  });

  // Filters that are not used stay out of the address.
  for (const form of document.querySelectorAll("form[data-short]")) {
    form.addEventListener("submit", () => { for (const f of form.elements) if (f.name && !f.value) f.disabled = true; });
    addEventListener("pageshow", () => { for (const f of form.elements) f.disabled = false; });
  }

  // Choose all on a page, and say how many are chosen.
  const all = document.querySelector("[data-all]");
  const picked = document.querySelector("[data-picked]");
  const boxes = [...document.querySelectorAll("input[name=site]")];
  const count = () => {
    const n = boxes.filter((b) => b.checked).length;
    if (picked && n) picked.textContent = picked.dataset.picked.replace("{n}", n);
    if (all) { all.checked = n > 0 && n === boxes.length; all.indeterminate = n > 0 && n < boxes.length; }
  };
  if (all) all.addEventListener("change", () => { for (const b of boxes) b.checked = all.checked; count(); });
  for (const b of boxes) b.addEventListener("change", count);

  // How a check goes on; at its end the page is loaded anew.
  const box = document.querySelector("[data-progress]");
  if (box && window.EventSource) {
    const stream = new EventSource(box.dataset.progress);
    const end = () => {
      stream.close();
      const here = new URL(location.href);
      here.searchParams.delete("asked");
      here.searchParams.delete("done");
      location.replace(here);
    };
    stream.addEventListener("part", (e) => {
      const row = box.querySelector(`[data-part="${e.data}"]`);
      if (!row) return;
      row.dataset.done = "yes";
      row.querySelector(".spin")?.replaceWith(sign());
    });
    stream.addEventListener("done", end);
    stream.addEventListener("late", () => stream.close());
  }
  function sign() {
    const ns = "http://www.w3.org/2000/svg";
    const svg = document.createElementNS(ns, "svg");
    svg.setAttribute("class", "i t-pass");
    svg.setAttribute("aria-hidden", "true");
    const use = document.createElementNS(ns, "use");
    use.setAttribute("href", "#i-pass");
    svg.append(use);
    return svg;
  }

  // Opening a link to a finding opens what it stands in.
  const show = () => {
    const at = location.hash && document.getElementById(location.hash.slice(1));
    const box = at && at.closest("details");
    if (box) { box.open = true; at.scrollIntoView(); }
  };
  addEventListener("hashchange", show);
  show();
})();
