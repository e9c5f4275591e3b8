/*
 * The snippet: tells the API who the visitor is and what is known about them, by the command queue `window.jimo`.
 *
 *   jimo.push(["do", "identify", [userId, callback?, signature?]])   callback(answer) after the server stored it
 *   jimo.push(["set", "user:name" | "user:email" | "user:language", [value]])
 *   jimo.push(["set", "user:attributes", [object, options?]])         options: {refetchBoosted, removeUnspecified},
 *                                                                     or the older positional booleans
 *   jimo.push(["get", "jimer:id" | "user:id" | "user:name" | "user:email" | "user:language" | "jimer:attributes"])
 *   jimo.push(["get", "user:segments", [callback, {watch: [ids]}]])   callback([{id, name}]), those browsers may see
 *
 * Settings on `window`: JIMO_PROJECT_ID (required), JIMO_API_HOST (default: the origin this file came from),
 * JIMO_MANUAL_INIT (nothing is sent or stored before jimoInit()). jimoKill() stops, jimoKill({forget: true}) also
 * empties the storage. Nothing throws into the page; mistakes are console warnings.
 */
(function (window, document) {
  "use strict";
  var project = window.JIMO_PROJECT_ID;
  var script = document.currentScript;
  var host = window.JIMO_API_HOST || (script && script.src ? new URL(script.src).origin : window.location.origin);
  var storageKey = "jimo:" + project;
  var NATIVE = { "user:name": "name", "user:email": "email", "user:language": "language" };

  var LARGEST = 15000; // bytes, of a value and of what is put together into one call

  function utf8(text) {
    return unescape(encodeURIComponent(text));
  }

  function warn(text, detail) {
    if (window.console) console.warn("[jimo] " + text, detail === undefined ? "" : detail);
  }

  var first = window.jimoLoaded;
  if (first) {
    // pasted twice, maybe with a queue of its own
    var second = window.jimo;
    window.jimo = first;
    if (second !== first && Array.isArray(second)) first.push.apply(first, second);
    return;
  }
  if (!project) return warn("JIMO_PROJECT_ID is not set: copy the snippet from Settings > Install.");

  function randomId() {
    var alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    var bytes = window.crypto.getRandomValues(new Uint8Array(22));
    var text = "";
    for (var i = 0; i < bytes.length; i++) text += alphabet[bytes[i] % alphabet.length];
    return text;
  }

  function fields(value) {
    return value && typeof value === "object" && !Array.isArray(value) ? value : {};
  }

  // What this browser knows of its visitor; null if nothing, or nothing of the right shape.
  function recall() {
    try {
      var kept = JSON.parse(window.localStorage.getItem(storageKey));
      if (typeof kept.jimerId !== "string" || !/^[\w-]{8,64}$/.test(kept.jimerId)) return null;
      return {
        jimerId: kept.jimerId,
        userId: typeof kept.userId === "string" ? kept.userId : null,
        signature: kept.signature,
        native: fields(kept.native),
        attributes: fields(kept.attributes),
      };
    } catch (error) {
      return null; /* blocked or damaged */
    }
  }

  // Kept in memory alone where storage is blocked.
  function remember() {
    try {
      window.localStorage.setItem(storageKey, JSON.stringify(me));
    } catch (error) {
      /* blocked or full */
    }
  }

  function nobody() {
    return { jimerId: randomId(), userId: null, native: {}, attributes: {} };
  }

  var me = recall() || nobody();
  var named = false; // this page has said itself who is there

  /* Take over what another page wrote meanwhile. False if that is about somebody else than this page named: an older
     page must not write over it. */
  function refresh() {
    var kept = recall();
    if (kept && named && kept.userId !== me.userId) return false;
    if (kept) me = kept;
    return true;
  }

  window.addEventListener("storage", function (event) {
    if (event.key === storageKey) refresh();
  });

  var commands = []; // accepted, not yet part of a call
  var scheduled = false;
  var sending = false;
  var stopped = false;

  /* A call takes values before and after an identify, as long as they are for the same person. */
  function nextCall() {
    refresh();
    var call = { body: { project_id: project, jimer_id: me.jimerId }, callbacks: [], identified: false };
    if (me.userId) call.body.user_id = me.userId;
    while (commands.length) {
      var command = commands[0];
      if (command.type === "identify") {
        var another = call.identified || (me.userId && me.userId !== command.userId && hasValues(call));
        if (another) break;
        call.identified = true;
        call.body.user_id = command.userId;
        if (command.signature) call.body.signature = command.signature;
        if (command.callback) call.callbacks.push(command.callback);
      } else if (command.type === "native") {
        call.body[command.name] = command.value;
      } else if (command.type === "attributes") {
        var together = call.body.attributes && JSON.stringify([call.body.attributes, command.values]);
        // The rest goes in the next call: the API refuses one that is too large whole.
        if (together && utf8(together).length > LARGEST) break;
        if (command.removeUnspecified) {
          call.body.attributes = {};
          call.body.remove_unspecified = true;
        }
        call.body.attributes = Object.assign(call.body.attributes || {}, command.values);
      }
      commands.shift();
    }
    call.body.message_id = randomId();
    return call;
  }

  /* What JSON would make of a value. Throws for what it cannot carry, also for what it would turn into null (NaN, an
     invalid date): null removes the stored value. */
  function plain(value) {
    var text = JSON.stringify(value, function (key, item) {
      var lost = item === null ? this[key] !== null : typeof item === "number" && !isFinite(item);
      if (lost) throw new TypeError((key || "It") + " is " + String(this[key]));
      return item;
    });
    if (text && utf8(text).length > LARGEST) throw new RangeError("It is longer than " + LARGEST + " bytes");
    return text === undefined ? undefined : JSON.parse(text);
  }

  function hasValues(call) {
    return "name" in call.body || "email" in call.body || "language" in call.body || "attributes" in call.body;
  }

  function schedule() {
    if (scheduled || sending || stopped || !started) return;
    scheduled = true;
    Promise.resolve().then(function () {
      scheduled = false;
      if (!sending && commands.length) send(nextCall(), 0, Date.now());
    });
  }

  function send(call, attempt, since) {
    sending = true;
    // A delayed call says how old it is.
    if (attempt) {
      call.body.timestamp = new Date(since).toISOString();
      call.body.sent_at = new Date().toISOString();
    }
    var text = JSON.stringify(call.body);
    fetch(host + "/api/v1/identify", {
      method: "POST",
      mode: "cors",
      credentials: "omit",
      keepalive: utf8(text).length < 50000, // browsers refuse more than 64 KB from a page that is being left
      headers: { "Content-Type": "application/json" },
      body: text,
    }).then(
      function (response) {
        if (response.status === 429 || response.status >= 500) {
          return retry(call, attempt, since, Number(response.headers.get("Retry-After")) || 0);
        }
        return response
          .json()
          .catch(function () {
            return null;
          })
          .then(function (answer) {
            try {
              if (response.ok && answer) acknowledged(call, answer);
              else refused(answer || { error: { message: "the answer " + response.status + " is not this API's" } });
            } catch (error) {
              warn("An answer was not understood", error);
            }
            finished();
          });
      },
      function () {
        retry(call, attempt, since, 0);
      },
    );
  }

  function retry(call, attempt, since, seconds) {
    if (stopped) return;
    var pause = Math.max(seconds * 1000, Math.min(60000, 1000 * Math.pow(2, attempt)));
    window.setTimeout(function () {
      send(call, attempt + 1, since);
    }, pause);
  }

  function refused(answer) {
    var error = (answer && answer.error) || {};
    warn("A call was refused and dropped: " + (error.message || "unknown reason"), error.details);
  }

  function acknowledged(call, answer) {
    var body = call.body;
    var write = refresh() || call.identified;
    if (call.identified) {
      if (me.userId !== body.user_id) {
        if (me.userId) {
          me.native = {};
          me.attributes = {};
        } // somebody else on this browser
        me.signature = body.signature;
        me.userId = body.user_id;
      }
      named = true;
    }
    if ((body.user_id || null) === me.userId) learn(body, answer);
    if (write && !stopped) remember();
    (answer.rejected || []).forEach(function (item) {
      warn(item.attribute + " was rejected: " + item.reason);
    });
    call.callbacks.forEach(function (callback) {
      try {
        callback(answer);
      } catch (error) {
        warn("The identify callback failed", error);
      }
    });
  }

  function learn(body, answer) {
    if (answer.jimer_id) me.jimerId = answer.jimer_id; // a fresh one on a shared computer
    ["name", "email", "language"].forEach(function (name) {
      if (name in body) me.native[name] = body[name];
    });
    if (body.remove_unspecified) me.attributes = {};
    var rejected = (answer.rejected || []).map(function (item) {
      return item.attribute;
    });
    Object.keys(body.attributes || {}).forEach(function (key) {
      if (rejected.indexOf(key) >= 0) return;
      if (body.attributes[key] === null) delete me.attributes[key];
      else me.attributes[key] = body.attributes[key];
    });
  }

  function finished() {
    sending = false;
    if (commands.length) schedule();
  }

  function set(method, args) {
    if (NATIVE.hasOwnProperty(method)) {
      var value = plain(args[0]);
      commands.push({ type: "native", name: NATIVE[method], value: value === undefined ? null : value });
    } else if (method === "user:attributes") {
      var values = args[0];
      if (!values || typeof values !== "object" || Array.isArray(values)) {
        return warn('user:attributes takes an object such as {plan: "Pro"}.');
      }
      // Older calls pass booleans by position: they remove nothing.
      var options = args[1] && typeof args[1] === "object" ? args[1] : {};
      var fit = {};
      Object.keys(values).forEach(function (key) {
        try {
          var value = plain(values[key]);
          if (value !== undefined) fit[key] = value;
        } catch (error) {
          warn(key + " cannot be sent and was dropped", error);
        }
      });
      var remove = options.removeUnspecified === true;
      if (remove && Object.keys(fit).length < Object.keys(values).length) {
        remove = false; // or what could not be sent would be removed
        warn("removeUnspecified was left out, as a value could not be sent.");
      }
      commands.push({ type: "attributes", values: fit, removeUnspecified: remove });
    } else if (method === "user:id") {
      return act("identify", args);
    } else {
      return warn("Unknown method: set " + method);
    }
    schedule();
  }

  function act(method, args) {
    if (method !== "identify") return warn("Unknown method: do " + method);
    var id = args[0];
    if (id === undefined || id === null || id === "") {
      return warn("identify needs your own stable user id; it got " + String(id) + ".");
    }
    commands.push({
      type: "identify",
      userId: String(id),
      signature: args[2] ? String(args[2]) : undefined,
      callback: typeof args[1] === "function" ? args[1] : null,
    });
    schedule();
  }

  function segments(callback, options) {
    var id = utf8(me.userId || me.jimerId); // in base64url, as an id may hold anything
    var address =
      host +
      "/api/v1/users/~" +
      window.btoa(id).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "") +
      "/segments?project_id=" +
      encodeURIComponent(project);
    if (options && options.watch) address += "&watch=" + encodeURIComponent([].concat(options.watch).join(","));
    if (me.signature) address += "&signature=" + encodeURIComponent(me.signature);
    fetch(address, { mode: "cors", credentials: "omit", cache: "no-cache" })
      .then(function (response) {
        return response.json().then(function (answer) {
          if (!response.ok) return refused(answer);
          callback(answer.results);
        });
      })
      .catch(function (error) {
        warn("The segments could not be read", error);
      });
  }

  function get(method, args) {
    if (method === "user:segments") {
      if (typeof args[0] !== "function") return warn("user:segments takes a callback: the answer comes later.");
      return segments(args[0], args[1]);
    }
    var getters = {
      "jimer:id": me.jimerId,
      "user:id": me.userId,
      "jimer:attributes": Object.assign({}, me.attributes),
      "user:attributes": Object.assign({}, me.attributes),
      "user:name": me.native.name || null,
      "user:email": me.native.email || null,
      "user:language": me.native.language || null,
    };
    if (!(method in getters)) return warn("Unknown method: get " + method);
    if (typeof args[0] === "function") args[0](getters[method]);
    return getters[method];
  }

  var verbs = { set: set, do: act, get: get };

  function run(command) {
    try {
      var verb = verbs[command[0]];
      var args = command[2] === undefined ? [] : Array.isArray(command[2]) ? command[2] : [command[2]];
      if (!verb) return warn("Unknown command: " + command[0]);
      return verb(command[1], args);
    } catch (error) {
      warn("A command failed and was dropped", error);
    }
  }

  var started = false;
  function start() {
    if (started) return;
    started = true;
    stopped = false;
    refresh();
    remember();
    // Every visitor is recorded, without any command too.
    commands.push({ type: "visit" });
    schedule();
    try {
      window.dispatchEvent(new Event("JIMO_READY"));
    } catch (error) {
      /* old browser */
    }
  }

  var waiting = Array.isArray(window.jimo) ? window.jimo.slice() : [];
  var jimo = (window.jimo = Array.isArray(window.jimo) ? window.jimo : []);
  jimo.length = 0;
  jimo.loaded = true;
  window.jimoLoaded = jimo;
  jimo.push = function () {
    var last;
    for (var i = 0; i < arguments.length; i++) last = run(arguments[i]);
    return last;
  };
  waiting.forEach(run);
  // What was queued before the page says who is there is about them.
  var naming = commands.findIndex(function (command) {
    return command.type === "identify";
  });
  if (naming > 0) commands.unshift(commands.splice(naming, 1)[0]);
  window.jimoInit = start;
  window.jimoKill = function (options) {
    stopped = true;
    started = false;
    commands = [];
    if (!options || !options.forget) return;
    me = nobody();
    named = false;
    try {
      window.localStorage.removeItem(storageKey);
    } catch (error) {
      /* blocked: nothing is there */
    }
  };
  if (!window.JIMO_MANUAL_INIT) start();
})(window, document);
