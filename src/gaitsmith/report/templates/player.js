// A small player of stick figures on a 2-D canvas: no library, no network. One player a
// <div class="player"> that holds a <script type="application/json"> with the packed walk.
"use strict";
(() => {
  const COLOUR = { left: "#c0152a", right: "#0f56a8", warn: "#d97706", estimated: "#6d4fa3", "": "#46515e" };
  const DASH = { left: [9, 5], estimated: [2, 6] };
  const FORCE = "#1d7a46";
  const SPEEDS = [0.1, 0.25, 0.5, 1, 2];
  const VIEWS = { side: [-Math.PI / 2, 0.08], front: [0, 0.08], oblique: [-Math.PI / 3.4, 0.3], top: [-Math.PI / 2, 1.5] };

  const numbers = (text) => {
    const raw = atob(text);
    const bytes = Uint8Array.from(raw, (c) => c.charCodeAt(0));
    const view = new DataView(bytes.buffer);
    return Int16Array.from({ length: bytes.length / 2 }, (_, i) => view.getInt16(2 * i, true));
  };
  const make = (name, text, attributes = {}) => {
    const node = document.createElement(name);
    if (text) node.textContent = text;
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    return node;
  };

  function player(box) {
    const walk = JSON.parse(box.querySelector("script").textContent);
    if (!walk.frames || !walk.count) return;
    const points = numbers(walk.points);
    const forces = walk.forces ? numbers(walk.forces) : null;
    const last = walk.frames - 1;
    const state = { frame: 0, playing: false, speed: 1, view: VIEWS.oblique.slice(), zoom: 1, before: 0 };

    // --- the walk at a moment ---------------------------------------------------------------
    const at = (data, stride, index, frame, scale) => {
      const f = Math.min(Math.floor(frame), last), g = Math.min(f + 1, last), share = frame - f;
      const a = data[f * stride + index], b = data[g * stride + index];
      if (a === -32768 || (share > 0 && b === -32768)) return NaN;
      return (a + (b - a) * share) * scale;
    };
    const point = (i, frame) => [0, 1, 2].map((k) => at(points, walk.count * 3, 3 * i + k, frame, walk.step));
    const seen = (frame) => {
      const some = [];
      for (let i = 0; i < walk.count; i++) {
        const p = point(i, frame);
        if (p.every(Number.isFinite)) some.push(p);
      }
      return some;
    };
    const median = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
    // The camera follows the pelvis where one is named, else the middle of the body.
    const pelvis = walk.labels.map((name, i) => (/pelv|sacr|[lr]?asi|[lr]?psi|asis|psis|hip|root/i.test(name) ? i : -1)).filter((i) => i >= 0);
    const rawCentre = (frame) => {
      let some = pelvis.map((i) => point(i, frame)).filter((p) => p.every(Number.isFinite));
      if (!some.length) some = seen(frame);
      if (!some.length) return null;
      return [0, 2].map((k) => (pelvis.length ? some.reduce((s, p) => s + p[k], 0) / some.length : median(some.map((p) => p[k]))));
    };
    let low = Infinity, high = -Infinity, held = null;
    for (let f = 0; f <= last && !held; f++) held = rawCentre(f);
    held = held || [0, 0];
    const path = [];
    for (let f = 0; f <= last; f++) {
      held = rawCentre(f) || held;
      path.push(held);
      if (f % 5 === 0) for (const p of seen(f)) { low = Math.min(low, p[1]); high = Math.max(high, p[1]); }
    }
    if (!Number.isFinite(low)) { low = 0; high = 1; }
    const ground = low > 0.25 ? low : Math.min(0, low);
    const reach = Math.max(high - ground, 0.6);
    // Smoothed over a third of a second, so that the picture does not shake with the pelvis.
    const wide = Math.max(1, Math.round(walk.rate / 6));
    const camera = path.map((_, f) => {
      const part = path.slice(Math.max(0, f - wide), f + wide + 1);
      return [0, 1].map((k) => part.reduce((s, p) => s + p[k], 0) / part.length);
    });
    // It opens on the first moment with a body, and the whole of it fits at every moment.
    let most = 0, radius = 0.3;
    const there = path.map((_, f) => {
      const some = seen(f);
      if (f % 5 === 0) for (const p of some) radius = Math.max(radius, Math.hypot(p[0] - camera[f][0], p[2] - camera[f][1]));
      most = Math.max(most, some.length);
      return some.length;
    });
    radius = Math.min(radius, 1.5 * reach);
    state.frame = Math.max(0, there.findIndex((n) => n >= 0.8 * most));
    const centre = (frame) => {
      const f = Math.min(Math.floor(frame), last), g = Math.min(f + 1, last), share = frame - f;
      return camera[f].map((v, k) => v + (camera[g][k] - v) * share);
    };
    const along = Math.atan2(path[last][1] - path[0][1], path[last][0] - path[0][0]);
    const travels = Math.hypot(path[last][1] - path[0][1], path[last][0] - path[0][0]) > 0.5;
    const heading = travels ? along : 0;

    // --- the controls -----------------------------------------------------------------------
    const canvas = make("canvas", "", { tabindex: "0", role: "img", "aria-label": box.dataset.alt + " Drag or use the arrow keys to turn it, plus and minus to zoom, space to play." });
    const play = make("button", "▶ Play", { type: "button", class: "play" });
    const scrub = make("input", "", { type: "range", min: "0", max: String(last), step: "any", value: "0", "aria-label": "Time" });
    const clock = make("output", "", { class: "clock" });
    const speed = make("select", "", { "aria-label": "Speed" });
    for (const s of SPEEDS) speed.append(make("option", s + "×", { value: s, ...(s === 1 ? { selected: "" } : {}) }));
    const line = make("div", "", { class: "line" });
    const ticks = make("div", "", { class: "ticks", "aria-hidden": "true" });
    const duration = last / walk.rate || 1;
    for (const [time, words] of walk.events) {
      const share = (time - walk.start) / duration;
      if (share < 0 || share > 1) continue;
      const side = /left/i.test(words) ? "left" : /right/i.test(words) ? "right" : "";
      const off = /off/i.test(words) ? " off" : "";
      const tick = make("i", "", { title: `${words}, ${time.toFixed(2)} s`, class: "tick " + side + off });
      tick.style.left = 100 * share + "%";
      ticks.append(tick);
    }
    line.append(scrub, ticks);
    const views = make("span", "", { class: "views", role: "group", "aria-label": "View" });
    for (const name of Object.keys(VIEWS)) {
      const button = make("button", name, { type: "button" });
      button.addEventListener("click", () => { state.view = VIEWS[name].slice(); draw(); });
      views.append(button);
    }
    const bar = make("div", "", { class: "bar" });
    bar.append(play, speed, clock, views);
    const stage = make("div", "", { class: "stage" });
    const event = make("div", "", { class: "event", "aria-hidden": "true" });
    stage.append(canvas, event);
    box.append(stage, line, bar);
    box.classList.add("ready");

    // --- the picture ------------------------------------------------------------------------
    const pen = canvas.getContext("2d");
    let width = 0, height = 0;
    const fit = () => {
      const ratio = window.devicePixelRatio || 1;
      width = stage.clientWidth;
      height = Math.min(480, Math.max(280, width * 0.52));
      canvas.style.height = height + "px";
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
      pen.setTransform(ratio, 0, 0, ratio, 0, 0);
      draw();
    };
    const lens = () => {
      const [c, d] = centre(state.frame);
      const turn = state.view[0] - heading, tilt = state.view[1];
      const [ct, st, cp, sp] = [Math.cos(turn), Math.sin(turn), Math.cos(tilt), Math.sin(tilt)];
      const far = 4.2 * reach, nearest = far / (far - radius), tall = (reach / 2) * Math.abs(cp) + radius * Math.abs(sp);
      const scale = state.zoom * Math.min((height * 0.46) / (tall * nearest), (width * 0.48) / (radius * nearest));
      const y0 = ground + reach * 0.5;
      return ([x, y, z]) => {
        // From the walker's front by `turn` about the vertical, then tilted down.
        const dx = x - c, dy = y - y0, dz = z - d;
        const sideways = -dx * st - dz * ct, towards = dx * ct - dz * st;
        const up = dy * cp - towards * sp, depth = dy * sp + towards * cp;
        const near = far / Math.max(far - depth, 0.3 * far);
        return [width / 2 + sideways * scale * near, height * 0.5 - up * scale * near, depth];
      };
    };
    const stroke = (a, b, colour, wide, dash) => {
      pen.beginPath();
      pen.setLineDash(dash || []);
      pen.strokeStyle = colour;
      pen.lineWidth = wide;
      pen.moveTo(a[0], a[1]);
      pen.lineTo(b[0], b[1]);
      pen.stroke();
    };
    function floor(project) {
      const size = 0.5, [c, d] = centre(state.frame), half = Math.ceil((2.2 * reach) / size);
      const i0 = Math.round(c / size), k0 = Math.round(d / size);
      for (let n = -half; n <= half; n++) {
        for (const [a, b] of [
          [[(i0 + n) * size, ground, (k0 - half) * size], [(i0 + n) * size, ground, (k0 + half) * size]],
          [[(i0 - half) * size, ground, (k0 + n) * size], [(i0 + half) * size, ground, (k0 + n) * size]],
        ]) stroke(project(a), project(b), "#e1e6ec", 1);
      }
    }
    function arrows(project) {
      for (let n = 0; n < walk.arrows; n++) {
        const from = [0, 1, 2].map((k) => at(forces, walk.arrows * 6, 6 * n + k, state.frame, walk.step));
        const by = [3, 4, 5].map((k) => at(forces, walk.arrows * 6, 6 * n + k, state.frame, 1e-3));
        if (![...from, ...by].every(Number.isFinite) || Math.hypot(...by) < 0.03) continue;
        const a = project(from), b = project(from.map((v, k) => v + 0.5 * reach * by[k]));
        const turn = Math.atan2(b[1] - a[1], b[0] - a[0]);
        stroke(a, b, FORCE, 3);
        for (const bend of [2.6, -2.6]) stroke(b, [b[0] + 10 * Math.cos(turn + bend), b[1] + 10 * Math.sin(turn + bend)], FORCE, 3);
      }
    }
    function draw() {
      if (!width) return;
      pen.clearRect(0, 0, width, height);
      pen.lineCap = "round";
      const project = lens();
      floor(project);
      const where = [];
      for (let i = 0; i < walk.count; i++) {
        const p = point(i, state.frame);
        where.push(p.every(Number.isFinite) ? project(p) : null);
      }
      const edges = walk.edges.map(([a, b], i) => [where[a], where[b], walk.side[i] || ""]).filter(([a, b]) => a && b);
      edges.sort((p, q) => p[0][2] + p[1][2] - q[0][2] - q[1][2]);
      for (const [a, b, side] of edges) stroke(a, b, COLOUR[side] || COLOUR[""], side ? 4 : 3, DASH[side]);
      pen.setLineDash([]);
      for (const p of where) {
        if (!p) continue;
        pen.beginPath();
        pen.fillStyle = "#1f2933";
        pen.arc(p[0], p[1], 2.4, 0, 2 * Math.PI);
        pen.fill();
      }
      if (forces) arrows(project);
      const now = walk.start + state.frame / walk.rate;
      clock.textContent = now.toFixed(2) + " s";
      scrub.value = state.frame;
      scrub.setAttribute("aria-valuetext", now.toFixed(2) + " seconds");
      const recent = walk.events.filter(([time]) => time <= now + 0.005 && now - time < 0.25).map(([, words]) => words);
      event.textContent = recent.join(" · ");
    }

    // --- time and hands ---------------------------------------------------------------------
    const tick = (stamp) => {
      if (!state.playing) return;
      const passed = state.before ? Math.min((stamp - state.before) / 1000, 0.1) : 0;
      state.before = stamp;
      state.frame += passed * walk.rate * state.speed;
      if (state.frame > last) state.frame = 0;
      draw();
      requestAnimationFrame(tick);
    };
    const run = (on) => {
      if (on === state.playing) return;
      state.playing = on;
      state.before = 0;
      play.textContent = on ? "❚❚ Pause" : "▶ Play";
      if (on) requestAnimationFrame(tick);
    };
    play.addEventListener("click", () => run(!state.playing));
    speed.addEventListener("change", () => { state.speed = Number(speed.value); });
    scrub.addEventListener("input", () => { run(false); state.frame = Number(scrub.value); draw(); });
    const orbit = (dx, dy) => {
      state.view[0] -= dx;
      state.view[1] = Math.max(-0.1, Math.min(1.55, state.view[1] + dy));
      draw();
    };
    const zoom = (by) => { state.zoom = Math.max(0.4, Math.min(4, state.zoom * by)); draw(); };
    let hand = null;
    canvas.addEventListener("pointerdown", (e) => { hand = [e.clientX, e.clientY]; canvas.setPointerCapture(e.pointerId); });
    canvas.addEventListener("pointermove", (e) => {
      if (!hand) return;
      orbit((e.clientX - hand[0]) / 150, (e.clientY - hand[1]) / 150);
      hand = [e.clientX, e.clientY];
    });
    for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, () => { hand = null; });
    const KEYS = {
      ArrowLeft: () => orbit(-0.1, 0), ArrowRight: () => orbit(0.1, 0), ArrowUp: () => orbit(0, 0.08), ArrowDown: () => orbit(0, -0.08),
      "+": () => zoom(1.15), "=": () => zoom(1.15), "-": () => zoom(1 / 1.15), " ": () => run(!state.playing),
    };
    canvas.addEventListener("keydown", (e) => { if (KEYS[e.key]) { e.preventDefault(); KEYS[e.key](); } });
    document.addEventListener("visibilitychange", () => { if (document.hidden) run(false); });
    new ResizeObserver(fit).observe(stage);
    fit();
    // Plays by itself only where asked for by the page and motion is welcome.
    if (box.dataset.autoplay === "yes" && !matchMedia("(prefers-reduced-motion: reduce)").matches) run(true);
  }

  for (const box of document.querySelectorAll(".player")) player(box);
})();
