"use strict";

// Numbers as people read them, the same as holdfastctl prints.

/** "0s", "12s", "5m 3s", "2h 13m", "3d 4h"; "–" of what never happened. */
function age(seconds) {
  if (seconds === null || seconds === undefined || !isFinite(seconds)) return "–";
  const s = Math.max(0, Math.floor(seconds));
  if (s < 60) return s + "s";
  if (s < 3600) return Math.floor(s / 60) + "m " + (s % 60) + "s";
  if (s < 86400) return Math.floor(s / 3600) + "h " + Math.floor((s % 3600) / 60) + "m";
  return Math.floor(s / 86400) + "d " + Math.floor((s % 86400) / 3600) + "h";
}

function rtt(seconds) {
  const ms = seconds * 1000;
  if (ms >= 1000) return (ms / 1000).toFixed(2) + " s";
  return (ms < 1 ? ms.toFixed(2) : ms < 100 ? ms.toFixed(1) : ms.toFixed(0)) + " ms";
}

function bytes(count) {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let unit = 0;
  for (; count >= 1024 && unit < units.length - 1; ++unit) count /= 1024;
  return (unit === 0 ? count : count.toFixed(1)) + " " + units[unit];
}

function count(number) {
  return Math.round(number).toLocaleString("en-GB");
}

function percent(ratio) {
  const text = (ratio * 100).toFixed(1);
  return (text.endsWith(".0") ? text.slice(0, -2) : text) + " %";
}

function rate(perSecond) {
  if (perSecond === null) return "–";
  return perSecond >= 100
    ? count(perSecond)
    : perSecond.toFixed(perSecond >= 10 ? 1 : 2).replace(/\.?0+$/, "");
}

/** "1 route", "3 routes" */
function plural(number, word) {
  return count(number) + " " + word + (number === 1 ? "" : "s");
}

/** A moment, as text or as Unix seconds, in milliseconds; NaN if it is none. */
function moment(at) {
  return typeof at === "number" ? at * 1000 : Date.parse(at);
}

const SIGNS = {
  up: "●",
  recovering: "◐",
  suspect: "▲",
  down: "✕", // health
  good: "✓",
  warn: "▲",
  bad: "✕",
  note: "ℹ", // how bad it is
};
const TONES = {up: "good", recovering: "warn", suspect: "warn", down: "bad"};

/** The upstreams of each provider, in their order. */
function providersOf(status) {
  const providers = new Map();
  for (const upstream of status.upstreams) {
    if (!providers.has(upstream.provider)) providers.set(upstream.provider, []);
    providers.get(upstream.provider).push(upstream);
  }
  return providers;
}
