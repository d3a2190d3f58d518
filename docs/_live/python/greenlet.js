/* The part of greenlet.py that decides who runs, and remembers who waits.

   It is called once, with Pyodide's module, what greenlet_code.py knows, and
   addresses of some Python objects. It returns builtins. An address is a
   number: where an object, a thread state or a stack is in WebAssembly's
   memory. Nothing here is on a stack while a greenlet waits: JavaScript can't
   be suspended. So whatever may switch is called by greenlet_code.py. */
(Module, code, offsets, scratch, self, greenlet, main) => {
  const { RECURSION, FRAME, HANDLED, CONTEXT, OWN, LOCALS, GO, HERE,
    ASK, DUE } = offsets;
  const DICT = HANDLED + 4, VERSION = CONTEXT + 8;
  const CURRENT = scratch, OLD = scratch + 4, JOB = scratch + 8;
  const LARGE = 262144, SMALL = 49152;  // bytes of memory of a stack
  const FEW = 256;  // stacks are large: imports need that in their greenlet
  const MOST = 15000;  // stacks; each takes 4 of a tab's 65,530 memory maps
  const OFTEN = 32;  // switches between two calls of on_switch
  const NEW = 0, ALIVE = 1, DEAD = 2;
  const { memory, validSuspender: valid, _PyThreadState_Get: threadState,
    _Py_IncRef: incref, _Py_DecRef: decref } = Module;
  const NONE = Module.__Py_NoneStruct, EMPTY = Module._PyTuple_New(0);

  let heap = new Uint32Array(memory.buffer);
  const words = () => {  // memory that has grown is a new buffer
    if (heap.length === 0) heap = new Uint32Array(memory.buffer);
    return heap;
  };
  const at = (address) => words()[address >>> 2];
  const put = (address, word) => { words()[address >>> 2] = word; };
  const kept = (object) => { incref(object); return object; };
  const quietly = (object) => {  // let go; what that runs can't switch
    const before = valid.value;
    valid.value = false;
    decref(object);
    valid.value = before;
  };

  // One thread state for all but the main greenlet, because that of a cell
  // ends with the cell. Both are one thread, as threading sees it.
  const here = threadState();
  const shared = Module._pystate_threadstate_new(here);
  if (at(shared + HANDLED) !== shared + OWN
      || at(shared + RECURSION) !== at(shared + RECURSION + 4)) {
    throw new Error("CPython's thread state is not as expected");
  }
  put(shared + DICT, Module._PyThreadState_GetDict());
  for (const place of [LOCALS, LOCALS + 4]) {
    put(shared + place, at(here + place));
  }
  for (const place of [DICT, LOCALS, LOCALS + 4]) incref(at(shared + place));

  const records = new Map();  // by the address of the greenlet
  const record = (address) => {
    if (!records.has(address)) {
      records.set(address, { address, state: NEW, thread: shared, top: 0,
        frame: 0, context: 0, value: 0, error: 0, job: null, depth: 0,
        saved: null, wake: null, fail: null });
    }
    return records.get(address);
  };
  const first = record(main);
  first.state = ALIVE;
  let current = first, chosen = first, switches = 0;
  put(CURRENT, kept(main));
  put(OLD, 0);

  /* Where to go */

  const choose = (to, value, error) => {
    to.value = value;
    to.error = error;
    chosen = to;
    return to === current ? HERE : GO;
  };
  const hot = (target, args, many, names) => {
    if (++switches % OFTEN === 0) return DUE;
    const to = records.get(target);
    return many > 1 || names || to?.state !== ALIVE || !valid.value ? ASK
      : choose(to, kept(many ? at(args) : EMPTY), 0);
  };
  const hook = () => {
    const found = Module._PyObject_GetAttrString(self, ON_SWITCH);
    if (found === NONE) decref(found);
    return found === NONE ? 0 : found;
  };
  const ON_SWITCH = Module.stringToNewUTF8("on_switch");
  const tuple = (objects) => {  // takes over their references
    const made = Module._PyTuple_New(objects.length);
    objects.forEach((each, i) => Module._PyTuple_SetItem(made, i, each));
    return made;
  };
  const packed = (target, args, many, names) => {
    const all = many + (names ? Module._PyTuple_Size(names) : 0);
    const given = Array.from({ length: all }, (_, i) => at(args + 4 * i));
    return tuple([target, names || EMPTY, ...given].map(kept));
  };
  const raised = () => choose(current.state === DEAD ? first : current, 0,
    Module._PyErr_GetRaisedException());
  const decide = (answer) => {
    if (!answer) return raised();
    const [target, run, given, rest] = [0, 1, 2, 3].map((i) =>
      Module._PyTuple_GetItem(answer, i));
    const to = record(target), last = rest === NONE ? 0 : rest;
    if (run !== NONE && !stackFor(to)) {
      decref(answer);
      return raised();
    }
    if (run !== NONE) to.job = [run, given, last];
    for (const each of [run, given, last]) {
      if (each && each !== NONE) incref(each);
    }
    const answered = run === NONE ? choose(to, given, last) : choose(to, 0, 0);
    decref(answer);
    return answered;
  };

  /* Going there */

  const depart = (from) => {
    const to = chosen;
    to.depth = at(from + RECURSION);
    put(from + FRAME, 0);  // garbage collection must not walk along it
    if (to.thread !== from) Module._pystate_threadstate_swap(to.thread);
    to.wake();
  };
  const park = () => {
    const me = current;
    if (me === first) {
      me.thread = threadState();
      me.saved = new Module.StackState();
    }
    me.frame = at(me.thread + FRAME);
    me.context = at(me.thread + CONTEXT);
    const gate = new Promise((wake, fail) => {
      me.wake = wake;
      me.fail = fail;
    });
    depart(me.thread);
    return gate;
  };
  const see = (thread, context) => {  // from now on, these variables
    put(thread + CONTEXT, context);
    put(thread + VERSION, at(thread + VERSION) + 1);
  };
  const arrive = () => {
    const me = chosen;
    if (me !== current) {
      put(OLD, current.address);
      put(CURRENT, kept(me.address));
      current = me;
      if (me === first) me.saved.restore();
      else Module.stackStop = me.top;
      valid.value = true;
      if (at(me.thread + CONTEXT) !== me.context) see(me.thread, me.context);
      me.frame = me.context = 0;
    }
    if (me.job) {
      me.job.forEach((each, i) => put(JOB + 4 * i, each));
      me.job = null;
      put(shared + RECURSION, me.depth);
      return 0;
    }
    const { value, error } = me;
    me.value = me.error = 0;
    if (!error) return value;
    Module._PyErr_SetRaisedException(error);
    return 0;
  };

  /* Stacks: each runs one greenlet after another */

  const stacks = new Map(), large = [], small = [];  // all by top; not in use
  const newStack = () => {
    const size = stacks.size < FEW ? LARGE : SMALL;
    const bottom = Module._malloc(size), top = bottom + size & ~15;
    if (!bottom) return null;
    put(bottom, 0);  // a chunk for Python frames: the one before it,
    put(bottom + 4, size / 16);  // its size,
    put(bottom + 8, 0);  // and how much is used, while it is not the last
    const stack = { top, unused: size === LARGE ? large : small, begun: false };
    stack.wake = () => Promise.resolve().then(() => carrier(top, bottom))
      .catch((error) => first.fail(error));  // the end of all, as in Pyodide
    stacks.set(top, stack);
    return stack;
  };
  const stackFor = (to) => {
    const used = large.pop() ?? small.pop();
    if (!used && stacks.size === MOST) {
      Module._PyErr_SetString(at(Module._PyExc_RuntimeError), TOO_MANY);
      return false;
    }
    const stack = used ?? newStack();
    if (stack) {
      Object.assign(to, { state: ALIVE, top: stack.top, wake: stack.wake });
      Module._PyObject_GC_UnTrack(to.address);  // until it ends, as in C
    } else {
      Module._PyErr_NoMemory();
    }
    return stack;
  };
  const TOO_MANY = Module.stringToNewUTF8(
    `a page has room for ${MOST} greenlets at once: use fewer`);
  const next = (top) => {
    const stack = stacks.get(top);
    if (!stack.begun) {
      stack.begun = true;
      return undefined;
    }
    const gate = new Promise((wake) => { stack.wake = wake; });
    stack.unused.push(stack);
    depart(shared);
    return gate;
  };
  const ended = (value) => {
    const error = value ? 0 : Module._PyErr_GetRaisedException();
    const context = at(shared + CONTEXT);
    current.state = DEAD;
    if (!Module._PyObject_GC_IsTracked(current.address)) {
      Module._PyObject_GC_Track(current.address);
    }
    see(shared, 0);
    if (context) quietly(context);
    return tuple([value || kept(NONE), error || kept(NONE)]);
  };

  const suspending = (call) => new WebAssembly.Suspending(call);
  const { exports } = new WebAssembly.Instance(
    new WebAssembly.Module(code), { _: {
      memory, pointer: Module.___stack_pointer,
      state: threadState, call: Module._PyObject_Call, incref, decref,
      hot, hook, packed, decide, arrive, ended,
      park: suspending(park), next: suspending(next) } });
  const carrier = WebAssembly.promising(exports.carrier);

  /* What Python sees of it */

  const FAST = 0x80, KEYWORDS = 0x82, NO_ARGUMENTS = 4;  // how they are called
  const definition = (name, call, flags, signature) => {
    const place = Module._malloc(16);
    put(place, Module.stringToNewUTF8(name));
    put(place + 4, Module.addFunction(call, signature));
    put(place + 8, flags);
    put(place + 12, 0);
    return place;
  };
  const builtin = (name, call, flags = FAST, signature = "iiii") =>
    Module.pyproxy_new(Module._PyCFunction_NewEx(
      definition(name, call, flags, signature), 0, 0));
  const method = (name) => Module.pyproxy_new(Module._PyDescr_NewMethod(
    greenlet, definition(name, exports[name], KEYWORDS, "iiiii")));
  const own = {  // of a record, and a second argument
    bury: (one) => { one.state = DEAD; },
    forget: (one) => {  // or say that it waits
      if (one.state === ALIVE) return Module._PyLong_FromLong(1);
      records.delete(one.address);
      if (one.context) quietly(one.context);
      return 0;
    },
    frame: ({ frame, thread }) => {
      if (!frame) return 0;
      const running = at(thread + FRAME);
      put(thread + FRAME, frame);
      const found = Module._PyThreadState_GetFrame(thread);
      put(thread + FRAME, running);
      return found;
    },
    context: (one) => {
      const found = one === current ? at(threadState() + CONTEXT)
        : one.context;
      return found && kept(found);
    },
    set_context: (one, given) => {
      const fresh = given === NONE ? 0 : kept(given), thread = threadState();
      const old = one === current ? at(thread + CONTEXT) : one.context;
      if (one === current) see(thread, fresh);
      else one.context = fresh;
      if (old) quietly(old);
    },
  };
  return {
    switch: method("switch"),
    throw: method("throw"),
    getcurrent:
      builtin("getcurrent", exports.getcurrent, NO_ARGUMENTS, "iii"),
    state: builtin("state", (_, args) =>
      Module._PyLong_FromLong(records.get(at(args))?.state ?? NEW)),
    ...Object.fromEntries(Object.entries(own).map(([name, call]) =>
      [name, builtin(name, (_, args) =>
        call(record(at(args)), at(args + 4)) || kept(NONE))])),
  };
}
