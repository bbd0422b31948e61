"""Columns of numbers, by which a curve of any length is drawn in a moment."""

from tests.page.conftest import Visit

# Compares with looking at each number; gives the ranges where the answers differ.
RANGES = """async (address) => {
  const {Column} = await import(address);
  const column = new Column(), plain = [];
  let seed = 7;
  const random = () => (seed = (seed * 48271) % 2147483647) / 2147483647;
  const somewhere = () => Math.floor(random() * plain.length);
  const wrong = [];
  for (let round = 0; round < 60; round++) {
    for (let n = 0; n < 40; n++) {
      const value = random() < 0.1 ? null : random();
      column.push(value);
      plain.push(value);
    }
    if (random() < 0.3) {
      plain.length = somewhere();
      column.cut(plain.length);
    }
    const [from, to] = [somewhere(), somewhere()].sort((one, other) => one - other);
    const told = plain.slice(from, to).filter((value) => value !== null);
    const [low, high] = column.range(from, to);
    if (low !== Math.min(...told) || high !== Math.max(...told)) wrong.push([from, to, low, high]);
  }
  return wrong;
}"""


def test_the_least_and_the_greatest_of_any_range_are_known(visit: Visit) -> None:
    page = visit.go("/lesson")
    assert page.evaluate(RANGES, f"{visit.address}/page/parts/column.js") == []
