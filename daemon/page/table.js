// Elements are made and changed here, and texts only ever go in as textContent: names come from
// configurations and from the network. What did not change is left alone, so that what somebody
// selects, or a reader reads out, is not torn away every two seconds.

const byId = (id) => document.getElementById(id);

function make(tag, className, text) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
}

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function setClass(element, className) {
  if (element.className !== className) element.className = className;
}

/** Children of `parent` for `items`, in their order, by `item.key`; `create` makes one, `update` fills it. */
function sync(parent, items, create, update) {
  const known = new Map();
  for (const child of parent.children) known.set(child.dataset.key, child);
  let next = parent.firstElementChild;
  for (const item of items) {
    const key = String(item.key);
    let child = known.get(key);
    known.delete(key);
    if (!child) {
      child = create(item);
      child.dataset.key = key;
    }
    if (child === next) next = next.nextElementSibling;
    else parent.insertBefore(child, next);
    update(child, item);
  }
  for (const gone of known.values()) gone.remove();
}

/** A part of a cell, there only if it has something to say. */
function part(cell, className, present) {
  let element = cell.querySelector(":scope > ." + className);
  if (!present) {
    if (element) element.remove();
    return null;
  }
  if (!element) element = cell.appendChild(make("span", className));
  return element;
}

/** `value`: a text, or {text, sub, bar, className}; `bar` from 0 to 1. */
function fillCell(cell, column, value) {
  const shown = typeof value === "object" ? value : {text: value};
  setClass(
    cell,
    [column.className, shown.className, shown.text ? "" : "empty"].filter(Boolean).join(" "),
  );
  setText(part(cell, "main", true), shown.text);
  const sub = part(cell, "sub", shown.sub);
  if (sub) setText(sub, shown.sub);
  const bar = part(cell, "bar", shown.bar !== undefined);
  if (bar) {
    if (!bar.firstChild) bar.append(make("span"));
    bar.firstChild.style.width = (Math.max(0, Math.min(1, shown.bar)) * 100).toFixed(1) + "%";
  }
}

function headed(table, columns) {
  const row = table.createTHead().insertRow();
  row.setAttribute("role", "row");
  for (const column of columns) {
    const head = make("th", column.className, column.label);
    head.scope = "col";
    head.setAttribute("role", "columnheader");
    row.append(head);
  }
  table.setAttribute("role", "table"); // said again: as cards, tables would lose what they are
  table.createTBody().setAttribute("role", "rowgroup");
}

/** Rows {key, className, cells} of a table; a cell alone stands for the whole row. `none`: what an empty one says. */
function fillTable(table, columns, rows, none) {
  if (!table.tHead) headed(table, columns);
  const shown = rows.length
    ? rows
    : [{key: "\u0000none", cells: [{text: none, className: "none"}]}];
  const create = (item) => {
    const row = make("tr");
    row.setAttribute("role", "row");
    item.cells.forEach((_, i) => {
      const cell = row.insertCell();
      cell.setAttribute("role", "cell");
      if (item.cells.length === 1) cell.colSpan = columns.length;
      else cell.dataset.label = columns[i].label;
    });
    return row;
  };
  sync(table.tBodies[0], shown, create, (row, item) => {
    setClass(row, item.className || "");
    const alone = item.cells.length === 1 ? {className: ""} : null;
    item.cells.forEach((cell, i) => fillCell(row.cells[i], alone || columns[i], cell));
  });
}
