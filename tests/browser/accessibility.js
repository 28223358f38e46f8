// What is wrong with the page that is shown, as a list of sentences; run in the page by looks.rs.
// Names as assistive technology hears them are not guessed here: looks.rs asks the browser for them.
const faults = [];
const all = selector => [...document.querySelectorAll(selector)];
const name = element => element.tagName.toLowerCase() + (element.id ? "#" + element.id : "");
const isHidden = element => element.closest("[aria-hidden=true]") || element.type === "hidden" || !element.checkVisibility();

// ---- colours

const parsed = text => {
  const parts = text.match(/[\d.]+/g).map(Number);
  return { rgb: parts.slice(0, 3), alpha: parts[3] === undefined ? 1 : parts[3] };
};
const over = (top, below) => top.rgb.map((part, n) => part * top.alpha + below[n] * (1 - top.alpha));
const ground = element => {
  const layers = [];
  for (let at = element; at; at = at.parentElement) layers.push(parsed(getComputedStyle(at).backgroundColor));
  const canvas = matchMedia("(prefers-color-scheme: dark)").matches && getComputedStyle(document.documentElement).colorScheme.includes("dark") ? [18, 18, 18] : [255, 255, 255];
  return layers.reverse().reduce((below, layer) => over(layer, below), canvas);
};
const luminance = rgb => {
  const [r, g, b] = rgb.map(part => part / 255).map(part => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const contrast = (one, other) => {
  const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
};
const readable = (element, what, style, wanted) => {
  const below = ground(element);
  const ratio = contrast(over(parsed(style), below), below);
  if (ratio < wanted) faults.push(`${what} of ${name(element)}: contrast ${ratio.toFixed(2)} is less than ${wanted}`);
};

// ---- the document

if (!document.documentElement.lang) faults.push("the page has no language");
if (!document.title.trim()) faults.push("the page has no title");
if (all("h1").length !== 1) faults.push(`there are ${all("h1").length} h1`);
if (all("main").length !== 1) faults.push(`there are ${all("main").length} main`);
const ids = all("[id]").map(element => element.id);
for (const id of ids.filter((id, n) => ids.indexOf(id) !== n)) faults.push(`the id ${id} is there twice`);
for (const label of all("label")) if (!label.control) faults.push(`the label "${label.textContent}" belongs to nothing`);
for (const attribute of ["aria-describedby", "aria-labelledby", "aria-errormessage"]) {
  for (const element of all(`[${attribute}]`)) {
    for (const id of element.getAttribute(attribute).split(/\s+/)) {
      const target = document.getElementById(id);
      if (!target || !target.textContent.trim()) faults.push(`${attribute} of ${name(element)} names ${id}, which says nothing`);
    }
  }
}

// ---- what is seen and touched

const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (texts.nextNode()) {
  const element = texts.currentNode.parentElement;
  if (!texts.currentNode.textContent.trim() || isHidden(element) || ["STYLE", "OPTION"].includes(element.tagName)) continue;
  readable(element, `the text "${texts.currentNode.textContent.trim().slice(0, 20)}"`, getComputedStyle(element).color, 4.5);
  // Pictures grow with their place; a table has the same figures.
  if (parseFloat(getComputedStyle(element).fontSize) < 12 && !element.closest("svg")) faults.push(`the text of ${name(element)} is smaller than 12 px`);
}
for (const control of all("input, textarea, select, button").filter(control => !isHidden(control))) {
  const style = getComputedStyle(control);
  readable(control, "what is typed", style.color, 4.5);
  const box = control.getBoundingClientRect();
  const field = control.type === "checkbox" && control.labels[0] ? control.labels[0].getBoundingClientRect() : box;
  if (Math.max(box.height, field.height) < 24 || Math.max(box.width, field.width) < 24) faults.push(`${name(control)} is too small for a finger`);
  if (style.borderTopStyle === "solid" && parseFloat(style.borderTopWidth) > 0) {
    const ratio = contrast(over(parsed(style.borderTopColor), ground(control)), ground(control.parentElement));
    if (ratio < 3) faults.push(`the border of ${name(control)}: contrast ${ratio.toFixed(2)} is less than 3`);
  }
  // Smaller than this, a telephone zooms in when it is touched.
  if (control.tagName !== "BUTTON" && control.type !== "checkbox" && parseFloat(style.fontSize) < 16) faults.push(`${name(control)} is written smaller than 16 px`);
  if (control.scrollWidth > control.clientWidth + 1 && control.tagName === "BUTTON") faults.push(`the words of ${name(control)} do not fit`);
}
if (document.documentElement.scrollWidth > document.documentElement.clientWidth) {
  const wide = all("body *").filter(element => !isHidden(element) && element.getBoundingClientRect().right > document.documentElement.clientWidth + 1);
  faults.push(`the page scrolls sideways: ${wide.map(name).join(", ")}`);
}
return faults;
