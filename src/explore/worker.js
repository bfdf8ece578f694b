// One instance of the module. Messages: the module once, then requests, each with an id.
let exports;
let ready;
const read = (at) => {
  const length = new DataView(exports.memory.buffer).getUint32(at, true);
  return new Uint8Array(exports.memory.buffer, at + 4, length);
};
const words = (bytes) => new TextDecoder().decode(bytes);
/** A seed is text here, since it has 63 bits, and a number in the request. */
const written = ({ seed, ...rest }) => (seed ? `${JSON.stringify(rest).slice(0, -1)},"seed":${seed}}` : JSON.stringify(rest));
function call(name, bytes) {
  const room = exports.give_room(bytes.length);
  new Uint8Array(exports.memory.buffer, room, bytes.length).set(bytes);
  const at = exports[name](room, bytes.length);
  const answer = read(at).slice();
  exports.take_room(room, bytes.length);
  exports.take_room(at, answer.length + 4);
  const body = answer.subarray(1);
  switch (String.fromCharCode(answer[0])) {
    case "j": return { value: JSON.parse(words(body)) };
    case "t": return { value: words(body) };
    case "r": return { value: body.slice().buffer };
    default: return { refused: words(body) };
  }
}
onmessage = async ({ data }) => {
  if (data.module) {
    ready = WebAssembly.instantiate(data.module, {}).then((instance) => ({ exports } = instance));
    // A failure is the answer to each request.
    ready.catch(() => {});
    return;
  }
  const { id, run, request } = data;
  try {
    await ready;
    const answer = run ? call("take", new Uint8Array(run)) : call("ask", new TextEncoder().encode(written(request)));
    postMessage({ id, ...answer }, answer.value instanceof ArrayBuffer ? [answer.value] : []);
  } catch (error) {
    // A panic traps. Its message is in memory, the instance is of no use any more.
    const at = exports?.panic_message() ?? 0;
    postMessage({ id, panic: at > 1 ? words(read(at).subarray(1)) : String(error) });
  }
};
