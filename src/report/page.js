"use strict";
// Tables that sort by the column whose heading is pressed; undefined values stay last.
for (const table of document.querySelectorAll("table.sortable")) {
  const body = table.tBodies[0];
  const headings = [...table.tHead.rows[0].cells];
  if (body.rows.length < 2) continue;
  headings.forEach((heading, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...heading.childNodes);
    heading.append(button);
    heading.setAttribute("aria-sort", "none");
    button.addEventListener("click", () => {
      const up = heading.getAttribute("aria-sort") !== "ascending";
      for (const other of headings) other.setAttribute("aria-sort", "none");
      heading.setAttribute("aria-sort", up ? "ascending" : "descending");
      const keyed = [...body.rows].map((row) => [key(row.cells[column]), row]);
      keyed.sort(([a], [b]) => compare(a, b, up ? 1 : -1));
      body.append(...keyed.map(([, row]) => row));
    });
  });
}
function key(cell) {
  const text = cell.dataset.key ?? cell.textContent.trim();
  if (text === "" || text === "–") return null;
  if (text === "inf") return Infinity;
  const number = Number(text);
  return Number.isNaN(number) ? text : number;
}
function compare(a, b, sign) {
  if (a === null || b === null) return (a === null) - (b === null);
  if (typeof a === "number" && typeof b === "number") return sign * (a < b ? -1 : a > b ? 1 : 0);
  return sign * String(a).localeCompare(String(b), "en", { numeric: true });
}

// One point at a time.
const points = [...document.querySelectorAll("#points > .point")];
if (points.length > 1) {
  const bar = document.createElement("div");
  bar.className = "switch";
  const label = document.createElement("label");
  label.htmlFor = "point-select";
  label.textContent = "Point";
  const select = document.createElement("select");
  select.id = "point-select";
  for (const point of points) select.add(new Option(point.dataset.label, point.id));
  const step = (text, by) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = text;
    button.addEventListener("click", () => show(select.selectedIndex + by));
    return button;
  };
  const before = step("‹ Previous", -1);
  const after = step("Next ›", 1);
  const show = (index) => {
    select.selectedIndex = index;
    points.forEach((point, other) => { point.hidden = other !== index; });
    before.disabled = index === 0;
    after.disabled = index === points.length - 1;
  };
  select.addEventListener("change", () => show(select.selectedIndex));
  bar.append(label, select, before, after);
  document.getElementById("points").prepend(bar);
  const wanted = () => points.findIndex((point) => "#" + point.id === location.hash);
  addEventListener("hashchange", () => { if (wanted() >= 0) show(wanted()); });
  show(Math.max(wanted(), 0));
}
