// A gateway of CCIP-Read (EIP-3668) for the names of the recorded chain: signs what it says, as the
// chain's offchain resolvers demand, and plays broken ones on the paths that some of them name.
//
//   node gateway.mjs TOOLS      TOOLS/node_modules has ethers; says "ready" once it listens
import http from 'node:http';
import { createRequire } from 'node:module';
import { rr, nameToWire, typeName, wireLabels } from './dns.mjs';

const { AbiCoder, Interface, SigningKey, keccak256, concat, toBeHex, getBytes } =
  createRequire(process.argv[2] + '/')('ethers');

// The resolvers on the chain name this port.
const PORT = 18550;
// The second of the public test keys of "test test ... junk"; its address stands in the resolvers.
const KEY = new SigningKey('0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d');
const ADDRESS = '0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045';
const IPFS = '0xe3010170122029f2d17be6139079dc48696d1f582a8530eb9805b561eda517e22a892c7e3f1f';
const LIFE = 300; // s, of a signature
const LONG_AGO = 1700000000;

const R = new Interface([
  'function resolve(bytes name, bytes data) view returns (bytes)',
  'function addr(bytes32) view returns (address)',
  'function addr(bytes32,uint256) view returns (bytes)',
  'function text(bytes32,string) view returns (string)',
  'function contenthash(bytes32) view returns (bytes)',
  'function dnsRecord(bytes32,bytes32,uint16) view returns (bytes)',
  'function hasDNSRecords(bytes32,bytes32) view returns (bool)',
  'function multicall(bytes[]) view returns (bytes[])',
]);
const selector = f => R.getFunction(f).selector;

/** what every parent says of a name, by its first label */
function records(name) {
  const label = name.split('.')[0];
  if (label === 'missing') return {};
  return {
    addr: ADDRESS,
    text: { description: `offchain ${name}`, url: `https://${label}.example/` },
    contenthash: label === 'nohash' ? '0x' : IPFS,
    dns: label === 'a'
      ? { A: [rr(name, 'A', 90, '203.0.113.5')], TXT: [rr(name, 'TXT', 90, 'offchain txt')] }
      : {},
  };
}

/** the return data of one call, or null if the function is none of ours */
function answer(name, data) {
  const db = records(name);
  const said = (f, v) => R.encodeFunctionResult(f, [v]);
  const asked = f => R.decodeFunctionData(f, data);
  const owner = keccak256(nameToWire(name));
  switch (data.slice(0, 10)) {
    case selector('addr(bytes32)'):
      return said('addr(bytes32)', db.addr ?? '0x' + '00'.repeat(20));
    case selector('addr(bytes32,uint256)'):
      return said('addr(bytes32,uint256)', asked('addr(bytes32,uint256)')[1] === 60n && db.addr ? db.addr : '0x');
    case selector('text'):
      return said('text', db.text?.[asked('text')[1]] ?? '');
    case selector('contenthash'):
      return said('contenthash', db.contenthash ?? '0x');
    case selector('dnsRecord'): {
      const [, hash, type] = asked('dnsRecord');
      const rrs = db.dns?.[typeName(Number(type))];
      return said('dnsRecord', rrs && hash === owner ? concat(rrs) : '0x');
    }
    case selector('hasDNSRecords'):
      return said('hasDNSRecords', Object.keys(db.dns ?? {}).length > 0 && asked('hasDNSRecords')[1] === owner);
    case selector('multicall'):
      return said('multicall', asked('multicall')[0].map(call => answer(name, call)));
  }
  return null;
}

/** signed: keccak256(0x1900 || sender || expires || keccak256(request) || keccak256(result)) */
function respond(sender, data, mode) {
  const [wire, call] = R.decodeFunctionData('resolve', data);
  const name = wireLabels(Buffer.from(getBytes(wire))).map(l => l.toString('utf8')).join('.');
  const result = answer(name, call);
  if (result === null) return null;
  const expires = BigInt(mode === 'expired' ? LONG_AGO : Math.floor(Date.now() / 1000) + LIFE);
  const signer = mode === 'nosender' ? '0x' + '00'.repeat(20) : sender;
  const digest = keccak256(concat(['0x1900', signer, toBeHex(expires, 8), keccak256(data), keccak256(result)]));
  const { r, s, v } = KEY.sign(digest);
  const signature = mode === 'badsig'
    ? concat(['0x' + '11'.repeat(32), '0x' + '22'.repeat(32), '0x1b'])
    : concat([r, s, toBeHex(v, 1)]);
  return AbiCoder.defaultAbiCoder().encode(['bytes', 'uint64', 'bytes'], [result, expires, signature]);
}

const server = http.createServer(async (request, response) => {
  const send = (status, body, type = 'application/json') => {
    response.writeHead(status, { 'content-type': type });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  };
  try {
    let body = '';
    for await (const chunk of request) body += chunk;
    const path = /^\/([a-z0-9]+)(?:\/(0x[0-9a-fA-F]{40}))?(?:\/(0x[0-9a-fA-F]*)\.json)?$/.exec(request.url);
    if (!path) return send(404, { message: 'no such path' });
    const [, mode, pathSender, pathData] = path;
    const posted = request.method === 'POST' ? JSON.parse(body) : {};
    if (mode === '404') return send(404, { message: 'sender not supported' });
    if (mode === '500') return send(500, '<h1>Internal Server Error</h1>', 'text/html');
    if (mode === 'slow') await new Promise(done => setTimeout(done, 30000).unref());
    if (mode === 'garbage') return send(200, '{"data": "0xzz"');
    if (mode === 'huge') return send(200, { data: '0x' + '00'.repeat(12 << 20) });
    if (mode === 'redirect') {
      response.writeHead(302, { location: 'http://169.254.169.254/latest/meta-data/' });
      return response.end();
    }
    const sender = (pathSender ?? posted.sender ?? '').toLowerCase();
    const data = respond(sender, pathData ?? posted.data, mode);
    return data === null ? send(400, { message: 'function not supported' }) : send(200, { data });
  } catch (error) {
    send(400, { message: String(error.message ?? error) });
  }
});
server.listen(PORT, '127.0.0.1', () => console.log('ready'));
