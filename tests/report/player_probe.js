// Runs player.js against a document that only remembers: node player_probe.js PLAYER DATA
"use strict";
const fs = require("node:fs");
const [player, data] = process.argv.slice(2).map((f) => fs.readFileSync(f, "utf8"));
const frames = [];
let strokes = [];

class Node {
  constructor(name) { Object.assign(this, { name, children: [], handlers: {}, style: {}, dataset: { alt: "alt" }, attributes: {}, classes: [], clientWidth: 800, value: "1" }); }
  get classList() { return { add: (c) => this.classes.push(c) }; }
  setAttribute(k, v) { this.attributes[k] = v; }
  append(...some) { this.children.push(...some); }
  addEventListener(kind, f) { this.handlers[kind] = f; }
  setPointerCapture() {}
  querySelector() { return { textContent: data }; }
  getContext() {
    let from = null;
    return {
      setTransform() {}, beginPath() {}, setLineDash() {}, stroke() {}, fill() {}, arc() {},
      clearRect() { strokes = []; },
      moveTo(x, y) { from = [x, y]; },
      lineTo(x, y) { strokes.push([this.strokeStyle, ...from, x, y]); },
    };
  }
  find(test) { return test(this) ? this : this.children.reduce((f, c) => f || (c.find && c.find(test)), null); }
}
const box = new Node("div");
global.window = { devicePixelRatio: 1 };
global.document = { querySelectorAll: () => [box], createElement: (n) => new Node(n), addEventListener() {} };
global.ResizeObserver = class { observe() {} };
global.matchMedia = () => ({ matches: false });
global.requestAnimationFrame = (f) => frames.push(f);
eval(player);

const button = (text) => box.find((n) => n.name === "button" && n.textContent === text);
const canvas = box.find((n) => n.name === "canvas");
const clock = box.find((n) => n.name === "output");
const out = { ready: box.classes.includes("ready"), ticks: box.find((n) => n.attributes.class === "ticks").children.map((t) => [t.attributes.title, t.style.left]) };
for (const view of ["side", "front", "top"]) { button(view).handlers.click(); out[view] = strokes; }
button("side").handlers.click();
button("▶ Play").handlers.click();
let stamp = 1000;
for (let i = 0; i < 26; i++) { const f = frames.pop(); f(stamp); stamp += 20; }
out.played = clock.textContent;
button("❚❚ Pause").handlers.click();
const scrub = box.find((n) => n.name === "input");
scrub.value = "10";
scrub.handlers.input();
out.scrubbed = clock.textContent;
const key = (k) => { const before = JSON.stringify(strokes); canvas.handlers.keydown({ key: k, preventDefault() {} }); return JSON.stringify(strokes) !== before; };
out.keys = ["ArrowLeft", "ArrowUp", "+", "-"].map(key);
canvas.handlers.pointerdown({ clientX: 0, clientY: 0, pointerId: 1 });
const before = JSON.stringify(strokes);
canvas.handlers.pointermove({ clientX: 30, clientY: 5 });
out.dragged = JSON.stringify(strokes) !== before;
process.stdout.write(JSON.stringify(out));
