// As much of the DNS wire format as the gateway needs.
const TYPE = { A: 1, TXT: 16 };

/** "a.example" -> labels in lower case, and the root's */
export function nameToWire(name) {
  const labels = name.split('.').map(label => Buffer.from(label.toLowerCase(), 'utf8'));
  return Buffer.concat([...labels.flatMap(b => [Buffer.from([b.length]), b]), Buffer.from([0])]);
}

export function wireLabels(wire) {
  const labels = [];
  for (let at = 0; wire[at]; at += 1 + wire[at]) labels.push(wire.subarray(at + 1, at + 1 + wire[at]));
  return labels;
}

const number = (bytes, n) => Buffer.from(n.toString(16).padStart(2 * bytes, '0'), 'hex');

function rdata(type, value) {
  if (type === 'A') return Buffer.from(value.split('.').map(Number));
  const text = Buffer.from(value, 'utf8');
  return Buffer.concat([number(1, text.length), text]);
}

/** a record as ENSIP-6 stores it: type "A" with an address, or "TXT" with one string */
export function rr(name, type, ttl, value) {
  const data = rdata(type, value);
  return Buffer.concat([nameToWire(name), number(2, TYPE[type]), number(2, 1), number(4, ttl), number(2, data.length), data]);
}

export const typeName = number => Object.keys(TYPE).find(name => TYPE[name] === number);
