// The walk in 3-D: recorded body, its twin, and where each foot is in its stride, on one clock.
import { ask, make } from "./app.js";

const COLOUR = { left: 0xd0354a, right: 0x2f78d0, warn: 0xf08a1d, "": 0x8693a2 };
const TWIN = 0x8d6bd1, FORCE = 0x2f9e63;
const VIEWS = { oblique: [0.75, 0.25], side: [0, 0.05], front: [Math.PI / 2, 0.05], top: [0, 1.5] };
const APART = 1.1;
const $ = (id) => document.getElementById(id);

/** Show the scene of an analysis in its section; nothing where there is nothing to show. */
export async function stage(id) {
  let scene;
  try {
    scene = await ask("GET", `/api/analyses/${id}/scene`);
  } catch {
    return;
  }
  const feet = phases(scene);
  if (!scene.shows.length && !feet.length) return;
  $("stage").hidden = false;
  const state = { time: 0, low: 0, high: 1, playing: false, speed: 1, show: null, over: false };
  const drawn = scene.shows.length ? await theatre(scene, state) : null;
  controls(scene, state, feet, drawn);
}

// --- packed bodies ---------------------------------------------------------------------------------

function unpacked(body) {
  const read = (text) => {
    const raw = atob(text);
    const view = new DataView(Uint8Array.from(raw, (c) => c.charCodeAt(0)).buffer);
    return Int16Array.from({ length: raw.length / 2 }, (_, i) => view.getInt16(2 * i, true));
  };
  const points = read(body.points), forces = body.forces ? read(body.forces) : null;
  const last = body.frames - 1;
  const mixed = (data, width, index, time, scale) => {
    const f = Math.min(Math.max((time - body.start) * body.rate, 0), last);
    const a = Math.floor(f), b = Math.min(a + 1, last), share = f - a;
    const x = data[a * width + index], y = data[b * width + index];
    return x === -32768 || (share > 0 && y === -32768) ? NaN : (x + (y - x) * share) * scale;
  };
  return {
    ...body, end: body.start + last / body.rate,
    point: (i, time) => [0, 1, 2].map((k) => mixed(points, 3 * body.count, 3 * i + k, time, body.step)),
    arrow: (n, time) => forces && [0, 1, 2, 3, 4, 5].map((k) => mixed(forces, 6 * body.arrows, 6 * n + k, time, k < 3 ? body.step : 1e-3)),
  };
}

function middle(body, time) {
  const some = [];
  for (let i = 0; i < body.count; i++) {
    const p = body.point(i, time);
    if (p.every(Number.isFinite)) some.push(p);
  }
  return some.length ? [0, 1, 2].map((k) => some.reduce((sum, p) => sum + p[k], 0) / some.length) : null;
}

/** The lowest points of a side: its foot. */
function foot(body, side) {
  const own = new Set(body.edges.flatMap(([a, b], i) => (body.side[i] === side || (body.side[i] && suffix(body.labels[a]) === side && suffix(body.labels[b]) === side) ? [a, b] : [])));
  const height = (i) => {
    const values = [];
    for (let t = body.start; t < body.end; t += 0.05) values.push(body.point(i, t)[1]);
    const seen = values.filter(Number.isFinite).sort((a, b) => a - b);
    return seen.length ? seen[seen.length >> 1] : Infinity;
  };
  return [...own].map((i) => [height(i), i]).sort((a, b) => a[0] - b[0]).slice(0, 2).map(([, i]) => i);
}

const suffix = (label) => (/_l$/i.test(label) ? "left" : /_r$/i.test(label) ? "right" : "");

// --- the 3-D picture -------------------------------------------------------------------------------

async function theatre(scene, state) {
  const THREE = await import("/static/three.module.min.js");
  let renderer;
  try {
    renderer = new THREE.WebGLRenderer({ antialias: true, alpha: true });
  } catch {
    $("stage-state").textContent = "This browser draws no 3-D (WebGL): the report below has the same walk as a drawing.";
    return null;
  }
  const canvas = renderer.domElement;
  for (const [k, v] of Object.entries({ tabindex: "0", role: "img", "aria-label": "The walk in 3-D. Arrow keys or dragging turn it, plus and minus zoom, space plays." })) canvas.setAttribute(k, v);
  $("stage-box").append(canvas);
  const world = new THREE.Scene();
  const camera = new THREE.PerspectiveCamera(32, 1, 0.05, 100);
  const sun = new THREE.DirectionalLight(0xffffff, 2.2);
  world.add(new THREE.HemisphereLight(0xffffff, 0x8899aa, 2.0), sun, sun.target);
  const grid = new THREE.GridHelper(12, 24);
  grid.material.transparent = true;
  world.add(grid);
  const rod = new THREE.CylinderGeometry(1, 1, 1, 12), ball = new THREE.SphereGeometry(1, 16, 12), cone = new THREE.ConeGeometry(1, 1, 12), up = new THREE.Vector3(0, 1, 0);
  const shows = Object.fromEntries(scene.shows.map((s) => [s.key, s.bodies.map((b) => dressed(unpacked(b)))]));
  const look = { turn: VIEWS.oblique[0], tilt: VIEWS.oblique[1], far: 1 };

  function dressed(body) {
    const group = new THREE.Group(), twin = body.role === "twin";
    const paint = (colour) => new THREE.MeshLambertMaterial(twin ? { color: TWIN, transparent: true, opacity: 0.6 } : { color: colour });
    const bones = body.edges.map(([a, b], i) => {
      const mesh = new THREE.Mesh(rod, paint(COLOUR[body.side[i]] ?? COLOUR[""]));
      group.add(mesh);
      return { mesh, a, b, wide: body.side[i] === "warn" ? 0.032 : 0.022 };
    });
    const knots = Array.from({ length: body.count }, (_, i) => {
      const mesh = new THREE.Mesh(ball, paint(0xb4bec9));
      mesh.scale.setScalar(/head/i.test(body.labels[i]) ? 0.09 : 0.03);
      group.add(mesh);
      return mesh;
    });
    const arrows = Array.from({ length: body.arrows || 0 }, () => {
      const mesh = new THREE.Group(), green = new THREE.MeshLambertMaterial({ color: FORCE });
      const shaft = new THREE.Mesh(rod, green), tip = new THREE.Mesh(cone, green);
      mesh.add(shaft, tip);
      group.add(mesh);
      return { mesh, shaft, tip };
    });
    const rings = twin ? [] : ["left", "right"].map((side) => {
      const mesh = new THREE.Mesh(new THREE.RingGeometry(0.11, 0.16, 100, 1), new THREE.MeshBasicMaterial({ color: COLOUR[side], transparent: true, side: THREE.DoubleSide }));
      mesh.rotation.x = -Math.PI / 2;
      group.add(mesh);
      return { mesh, side, at: foot(body, side) };
    });
    group.visible = false;
    world.add(group);
    let low = Infinity, high = -Infinity;
    for (let t = body.start; t <= body.end; t += 0.1) {
      for (let i = 0; i < body.count; i++) {
        const y = body.point(i, t)[1];
        if (Number.isFinite(y)) { low = Math.min(low, y); high = Math.max(high, y); }
      }
    }
    return { body, group, bones, knots, arrows, rings, ground: Number.isFinite(low) ? (low > 0.25 ? low : Math.min(low, 0)) : 0, tall: Math.max(high - low, 0.6) || 1.7 };
  }

  function placed(one, phase, shift) {
    const { body, time } = { body: one.body, time: state.time };
    one.group.position.set(0, 0, shift);
    const at = Array.from({ length: body.count }, (_, i) => body.point(i, time));
    const here = at.map((p) => p.every(Number.isFinite));
    one.knots.forEach((mesh, i) => { mesh.visible = here[i]; if (here[i]) mesh.position.set(...at[i]); });
    for (const { mesh, a, b, wide } of one.bones) {
      mesh.visible = here[a] && here[b];
      if (!mesh.visible) continue;
      const from = new THREE.Vector3(...at[a]), way = new THREE.Vector3(...at[b]).sub(from), long = way.length();
      mesh.visible = long > 1e-4;
      mesh.position.copy(from).addScaledVector(way, 0.5);
      mesh.scale.set(wide, long, wide);
      mesh.quaternion.setFromUnitVectors(up, way.normalize());
    }
    one.arrows.forEach(({ mesh, shaft, tip }, n) => {
      const v = body.arrow(n, time), size = v ? Math.hypot(v[3], v[4], v[5]) : NaN;
      mesh.visible = Number.isFinite(size) && size > 0.03;
      if (!mesh.visible) return;
      mesh.position.set(v[0], v[1], v[2]);
      mesh.quaternion.setFromUnitVectors(up, new THREE.Vector3(v[3], v[4], v[5]).normalize());
      const long = size * one.tall * 0.5;
      shaft.scale.set(0.012, long, 0.012);
      shaft.position.y = long / 2;
      tip.scale.set(0.03, 0.09, 0.03);
      tip.position.y = long;
    });
    for (const { mesh, side, at: ends } of one.rings) {
      const now = phase[side], whose = ends.filter((i) => here[i]);
      mesh.visible = Boolean(now) && whose.length > 0;
      if (!mesh.visible) continue;
      const [x, z] = [0, 2].map((k) => whose.reduce((sum, i) => sum + at[i][k], 0) / whose.length);
      mesh.position.set(x, one.ground + 0.005, z);
      mesh.material.opacity = now.stance ? 0.95 : 0.35;
      mesh.geometry.setDrawRange(0, 6 * Math.max(1, Math.round(now.percent)));
    }
  }

  function draw(phase) {
    const now = shows[state.show];
    for (const all of Object.values(shows)) for (const one of all) one.group.visible = all === now;
    const gap = now.length > 1 && !state.over ? APART : 0;
    now.forEach((one, k) => placed(one, phase, k * gap));
    const own = now[0].body, wide = 0.17;
    const path = [-wide, 0, wide].map((d) => middle(own, Math.min(Math.max(state.time + d, own.start), own.end))).filter(Boolean);
    const c = path.length ? [0, 2].map((k) => path.reduce((sum, p) => sum + p[k], 0) / path.length) : [0, 0];
    const tall = now[0].tall, target = new THREE.Vector3(c[0], now[0].ground + tall * 0.5, c[1] + gap / 2);
    grid.position.set(Math.round(c[0] * 2) / 2, now[0].ground, Math.round(c[1] * 2) / 2);
    // From the walker's right (z) turned about the vertical; wide pictures need no more room.
    const far = (look.far * (tall * 2.15 + gap)) * Math.max(1, 0.9 / camera.aspect);
    camera.position.set(target.x + far * Math.sin(look.turn) * Math.cos(look.tilt), target.y + far * Math.sin(look.tilt), target.z + far * Math.cos(look.turn) * Math.cos(look.tilt));
    camera.lookAt(target);
    sun.position.copy(camera.position).add(new THREE.Vector3(0, 3, 0));
    sun.target.position.copy(target);
    renderer.render(world, camera);
    canvas.dataset.time = state.time.toFixed(2);
  }

  const ours = { draw, canvas, redraw: () => {}, ranges: Object.fromEntries(Object.entries(shows).map(([k, all]) => [k, [all[0].body.start, Math.min(...all.map((o) => o.body.end))]])) };
  const dyed = () => {
    grid.material.color.set(getComputedStyle(document.documentElement).getPropertyValue("--line").trim() || "#999999");
    ours.redraw();
  };
  grid.geometry.deleteAttribute("color");
  grid.material.vertexColors = false;
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", dyed);
  const fit = () => {
    const wide = $("stage-box").clientWidth, high = Math.min(560, Math.max(320, wide * 0.56));
    renderer.setPixelRatio(Math.min(window.devicePixelRatio || 1, 2));
    renderer.setSize(wide, high);
    camera.aspect = wide / high;
    camera.updateProjectionMatrix();
    ours.redraw();
  };
  ours.begin = () => { dyed(); new ResizeObserver(fit).observe($("stage-box")); };
  ours.view = (name) => { [look.turn, look.tilt] = VIEWS[name]; look.far = 1; ours.redraw(); };
  const turn = (dx, dy) => { look.turn -= dx; look.tilt = Math.max(-0.1, Math.min(1.55, look.tilt + dy)); ours.redraw(); };
  const zoom = (by) => { look.far = Math.max(0.3, Math.min(3, look.far * by)); ours.redraw(); };
  let hand = null;
  canvas.addEventListener("pointerdown", (e) => { hand = [e.clientX, e.clientY]; canvas.setPointerCapture(e.pointerId); });
  canvas.addEventListener("pointermove", (e) => {
    if (!hand) return;
    turn((e.clientX - hand[0]) / 150, (e.clientY - hand[1]) / 150);
    hand = [e.clientX, e.clientY];
  });
  for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, () => { hand = null; });
  const KEYS = {
    ArrowLeft: () => turn(-0.1, 0), ArrowRight: () => turn(0.1, 0), ArrowUp: () => turn(0, 0.08), ArrowDown: () => turn(0, -0.08),
    "+": () => zoom(1 / 1.15), "=": () => zoom(1 / 1.15), "-": () => zoom(1.15), " ": () => $("stage-play").click(),
  };
  canvas.addEventListener("keydown", (e) => { if (KEYS[e.key]) { e.preventDefault(); KEYS[e.key](); } });
  return ours;
}

// --- phase -----------------------------------------------------------------------------------------

/** Feet that have strides, with a function from time to gait % and stance. */
function phases(scene) {
  return ["left", "right"].filter((side) => scene.feet[side].strike.length > 1).map((side) => {
    const { strike, off } = scene.feet[side];
    const model = scene.model.find((m) => m.side === side);
    // A stride of more than 2.5 s is a pause or a turn, as for the parameters.
    const strides = strike.slice(1).map((end, i) => ({ start: strike[i], end, off: off.find((t) => t > strike[i] && t < end) ?? null })).filter((s) => s.end - s.start < 2.5);
    const at = (time) => {
      const s = strides.find((one) => one.start <= time && time < one.end);
      if (!s) return null;
      return { percent: (100 * (time - s.start)) / (s.end - s.start), stance: s.off === null ? null : time < s.off };
    };
    const guessed = (time) => {
      if (!model || time < model.time[0] || time > model.time[model.time.length - 1]) return null;
      return model.percent[model.time.findIndex((t) => t >= time)];
    };
    return { side, strides, at, guessed };
  });
}

function strip(foot, state) {
  const bar = make("div", { class: `strip ${foot.side}`, "aria-hidden": "true" });
  const long = state.high - state.low || 1;
  for (const { start, end, off } of foot.strides) {
    if (end < state.low || start > state.high) continue;
    const cut = (t) => (100 * (Math.min(Math.max(t, state.low), state.high) - state.low)) / long;
    const block = (from, to, kind) => {
      const piece = make("i", { class: kind });
      piece.style.left = `${cut(from)}%`;
      piece.style.width = `${cut(to) - cut(from)}%`;
      bar.append(piece);
    };
    block(start, off ?? end, "stance");
    if (off !== null) block(off, end, "swing");
  }
  bar.append(make("b", { class: "now" }));
  return bar;
}

// --- clock, hands, words ---------------------------------------------------------------------------

function controls(scene, state, feet, drawn) {
  const rows = Object.fromEntries(feet.map((f) => [f.side, make("output", {})]));
  const legend = {
    walk: [["right", "right"], ["left", "left"], ["ring", "ring on the floor: gait %, strong in stance"], ["force", "ground force"]],
    twin: [["right", "right"], ["left", "left"], ["warn", "does not fit"], ["twin", "the twin (estimated)"], ["ring", "ring on the floor: gait %, strong in stance"]],
  };

  // Only what is in the picture is in its legend.
  const here = {
    force: Boolean(scene.shows[0]?.bodies[0].forces), ring: feet.length > 0,
    warn: scene.shows.some((s) => s.bodies.some((b) => b.side.includes("warn"))),
  };

  function words(foot) {
    const now = foot.at(state.time), guess = foot.guessed(state.time);
    if (!now) return "between strides";
    const kind = now.stance === null ? "" : now.stance ? ", stance" : ", swing";
    return `${Math.floor(now.percent)} % of the stride${kind}${guess === null || guess === undefined ? "" : ` (phase model: ${Math.round(guess)} %)`}`;
  }

  function paint() {
    const phase = Object.fromEntries(feet.map((f) => [f.side, f.at(state.time)]));
    if (drawn) drawn.draw(phase);
    $("stage-time").value = state.time;
    $("stage-clock").textContent = `${state.time.toFixed(2)} s`;
    $("stage-time").setAttribute("aria-valuetext", `${state.time.toFixed(2)} seconds; ${feet.map((f) => `${f.side} ${words(f)}`).join("; ")}`);
    for (const f of feet) rows[f.side].textContent = words(f);
    const share = (100 * (state.time - state.low)) / (state.high - state.low || 1);
    for (const line of document.querySelectorAll("#stage .now")) line.style.left = `${share}%`;
  }

  function shown(key) {
    state.show = key;
    const ends = feet.flatMap((f) => f.strides.flatMap((s) => [s.start, s.end]));
    [state.low, state.high] = drawn ? drawn.ranges[key] : [Math.min(...ends), Math.max(...ends)];
    state.time = Math.min(Math.max(state.time, state.low), state.high);
    Object.assign($("stage-time"), { min: state.low, max: state.high });
    $("stage-feet").replaceChildren(...feet.flatMap((f) => [make("p", {}, make("strong", {}, `${f.side} foot: `), rows[f.side]), strip(f, state)]));
    $("stage-key").replaceChildren(...(drawn ? legend[key] || [] : []).filter(([k]) => here[k] ?? true)
      .flatMap(([k, text]) => [make("span", { class: `swatch ${k}` }), `${text} `]));
    $("stage-over").hidden = key !== "twin";
    paint();
  }

  const choice = $("stage-show");
  choice.replaceChildren(...scene.shows.map((s) => make("option", { value: s.key }, s.title)));
  choice.parentElement.hidden = !drawn || scene.shows.length < 2;
  choice.addEventListener("change", () => shown(choice.value));
  $("stage-over").addEventListener("click", () => {
    state.over = !state.over;
    $("stage-over").setAttribute("aria-pressed", String(state.over));
    paint();
  });
  let before = 0;
  const tick = (stamp) => {
    if (!state.playing) return;
    state.time += before ? Math.min((stamp - before) / 1000, 0.1) * state.speed : 0;
    before = stamp;
    if (state.time > state.high) state.time = state.low;
    paint();
    requestAnimationFrame(tick);
  };
  const play = (on) => {
    if (on === state.playing) return;
    state.playing = on;
    before = 0;
    $("stage-play").textContent = on ? "❚❚ Pause" : "▶ Play";
    if (on) requestAnimationFrame(tick);
  };
  $("stage-play").addEventListener("click", () => play(!state.playing));
  $("stage-speed").addEventListener("change", () => { state.speed = Number($("stage-speed").value); });
  $("stage-time").addEventListener("input", () => { play(false); state.time = Number($("stage-time").value); paint(); });
  document.addEventListener("visibilitychange", () => { if (document.hidden) play(false); });
  $("stage-views").hidden = !drawn;
  if (drawn) {
    $("stage-views").replaceChildren(...Object.keys(VIEWS).map((name) => make("button", { type: "button", onclick: () => drawn.view(name) }, name)));
    drawn.redraw = paint;
  }
  const source = scene.events_from.join(", ");
  $("stage-words").textContent = `${feet.length ? `Gait % counts from strike to strike${source ? ` (events: ${source})` : ""}.` : "No strides were found."}` +
    (scene.shows.some((s) => s.key === "twin") && !scene.unusual.length ? " No joint stands out: the twin walks as was recorded." : "");
  // Begin where every foot is in a stride.
  const firsts = feet.map((f) => f.strides[0]?.start ?? 0);
  state.time = firsts.length ? Math.max(...firsts) + 0.1 : 0;
  shown(scene.shows.length && drawn ? scene.shows[scene.shows.length - 1].key : scene.shows[0]?.key);
  if (drawn) { choice.value = state.show; drawn.begin(); }
  $("stage").dataset.ready = "yes";
}
