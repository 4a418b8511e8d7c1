// The reference of ENSIP-15 itself: for each JSON string a line of the input, its normal form as a JSON
// string a line, or null where it is no name.
//
//   node normalize.mjs TOOLS      TOOLS/node_modules has @adraffy/ens-normalize
import { createInterface } from 'node:readline';
import { createRequire } from 'node:module';

const { ens_normalize } = createRequire(process.argv[2] + '/')('@adraffy/ens-normalize');

let out = [];
for await (const line of createInterface({ input: process.stdin })) {
  let name = null;
  try {
    name = ens_normalize(JSON.parse(line));
  } catch {}
  out.push(JSON.stringify(name));
  if (out.length === 10000) {
    process.stdout.write(out.join('\n') + '\n');
    out = [];
  }
}
if (out.length) process.stdout.write(out.join('\n') + '\n');
