// Rows as people paste them: from a sheet, from a CSV, or as JSON.

const SEPARATORS = ["\t", ";", ","];

/**
 * @param {string} text
 * @param {Array<{name: string, kind: string}>} columns in the order of the model
 * @returns {Array<object|Array>} rows as the API takes them: by names where the text has some
 * @throws {Error} nothing is there, or it is no JSON that begins as such
 */
export function rowsOf(text, columns) {
  const trimmed = text.trim();
  if (!trimmed) throw new Error("Expected a row in each line, got nothing. Paste some.");
  if (/^[[{]/.test(trimmed)) return jsonRows(trimmed);
  const by = SEPARATORS.find((one) => trimmed.split("\n", 1)[0].includes(one)) ?? ",";
  const [first, ...others] = cells(trimmed, by);
  const known = Object.fromEntries(columns.map((column) => [column.name, column]));
  if (!first.some((name) => name in known)) return [first, ...others].map((row) => row.map((cell, i) => value(cell, columns[i])));
  return others.map((row) => Object.fromEntries(row.map((cell, i) => [first[i], value(cell, known[first[i]])])
    .filter(([name]) => name in known))); // such as the label, which a table has beside them
}

function jsonRows(text) {
  const found = JSON.parse(text.startsWith("{") && text.includes("\n{") ? `[${text.split("\n").filter(Boolean).join(",")}]` : text);
  const rows = found.rows ?? found;
  if (!Array.isArray(rows)) return [rows];
  return rows.some((one) => typeof one !== "object") ? [rows] : rows;
}

function value(cell, column) {
  if (cell === "") return null;
  if (column?.kind !== "number") return cell;
  const number = Number(/^-?\d+,\d+$/.test(cell) ? cell.replace(",", ".") : cell);
  return Number.isNaN(number) ? cell : number; // the API says what is wrong with it
}

// Cells of a CSV: in quotes there may be separators and line ends, and a quote is written twice.
function cells(text, by) {
  const rows = [[]];
  let cell = "";
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const is = text[i];
    if (is === '"' && quoted && text[i + 1] === '"') cell += text[++i];
    else if (is === '"' && (quoted || cell.trim() === "")) quoted = !quoted;
    else if (quoted || (is !== by && is !== "\n")) cell += is;
    else {
      rows.at(-1).push(cell.trim());
      cell = "";
      if (is === "\n") rows.push([]);
    }
  }
  rows.at(-1).push(cell.trim());
  return rows.filter((row) => row.some(Boolean));
}
