// Evaluated in a page: what it breaks of the rules, in words.
(() => {
  const found = [];
  const say = (what, one) => found.push(`${what}: ${one.outerHTML.slice(0, 120)}`);
  const all = (selector) => [...document.querySelectorAll(selector)];
  const seen = (one) => one.checkVisibility() && !one.closest(".unseen, .skip");

  if (!document.documentElement.lang) found.push("no language");
  if (!document.title.trim()) found.push("no title");
  if (all("h1").length !== 1) found.push(`${all("h1").length} h1`);
  for (const landmark of ["main", "header", "footer"]) {
    if (all(landmark).length !== 1) found.push(`${all(landmark).length} ${landmark}`);
  }
  let level = 0;
  for (const one of all("h1, h2, h3, h4")) {
    const next = Number(one.tagName[1]);
    if (next > level + 1) say("a level of headings is left out", one);
    level = next;
  }

  const ids = all("[id]").map((one) => one.id);
  for (const id of ids.filter((one, at) => ids.indexOf(one) !== at)) found.push(`id twice: ${id}`);
  for (const one of all("[aria-labelledby], [aria-describedby]")) {
    const named = `${one.getAttribute("aria-labelledby") || ""} ${one.getAttribute("aria-describedby") || ""}`;
    for (const id of named.split(/\s+/).filter(Boolean)) {
      if (!document.getElementById(id)) say(`names ${id}, which is not there`, one);
    }
  }

  for (const one of all("input:not([type=hidden]), select, textarea, meter")) {
    const named = one.labels.length || one.getAttribute("aria-label") || one.getAttribute("aria-labelledby");
    if (!named) say("no label", one);
  }
  for (const one of all("a, button, summary")) {
    if (!(one.getAttribute("aria-label") || one.textContent).trim()) say("no name", one);
  }
  for (const one of all("svg, img")) {
    if (!one.getAttribute("aria-label") && one.getAttribute("aria-hidden") !== "true") say("no words for a picture", one);
  }
  for (const one of all("table")) {
    if (!one.querySelector("thead th[scope=col]") || !one.querySelector("tbody th[scope=row]")) say("a table without headers", one);
  }
  for (const one of all("a[href^=http]")) {
    if (!/noopener/.test(one.rel) && new URL(one.href).origin !== location.origin) say("a link out without rel", one);
  }

  const numbers = (colour) => (colour.match(/[\d.]+/g) || []).map(Number);
  const light = (colour) => {
    const [r, g, b] = numbers(colour).map((part) => part / 255).map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (one) => {
    for (let at = one; at; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      const [, , , alpha = 1] = numbers(colour);
      if (alpha === 1) return colour;
    }
    return "rgb(255, 255, 255)";
  };
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const judged = new Set();
  while (texts.nextNode()) {
    const one = texts.currentNode.parentElement;
    if (!texts.currentNode.textContent.trim() || !seen(one) || one.closest(":disabled") || judged.has(one)) continue;
    judged.add(one);
    const [lower, higher] = [light(getComputedStyle(one).color), light(ground(one))].sort((a, b) => a - b);
    const ratio = (higher + 0.05) / (lower + 0.05);
    if (ratio < 4.5) say(`contrast ${ratio.toFixed(2)}`, one);
  }

  const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
  if (wide > 0) found.push(`${wide} px wider than the screen`);
  return found;
})();
