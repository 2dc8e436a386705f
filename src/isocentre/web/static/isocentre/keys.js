// Keyboard shortcuts: "/" to search, "g" and a letter to go somewhere, "?" for the list.
// The list comes from the page (meta isocentre-shortcuts) and is empty when the person switched them off (WCAG 2.1.4).
(function () {
  "use strict";
  var meta = document.querySelector('meta[name="isocentre-shortcuts"]');
  var shortcuts = [];
  try { shortcuts = JSON.parse((meta && meta.content) || "[]"); } catch (problem) { console.warn("shortcuts", problem); }
  if (!shortcuts.length) return;

  var dialog = document.getElementById("app-keys");
  var list = dialog && dialog.querySelector("[data-keys-list]");
  var waiting = 0;

  function typing(target) {
    return target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
  }

  function row(keys, text) {
    var item = document.createElement("p");
    item.className = "nhsuk-body app-keys__row";
    keys.split(" ").forEach(function (key) {
      var kbd = document.createElement("kbd");
      kbd.textContent = key;
      item.append(kbd, " ");
    });
    item.append(text);
    list.append(item);
  }

  function show() {
    if (!dialog || dialog.open) return;
    list.replaceChildren();
    shortcuts.forEach(function (entry) { row(entry.keys, entry.text); });
    dialog.showModal();
  }

  document.addEventListener("keydown", function (event) {
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || (dialog && dialog.open)) return;
    var second = Date.now() - waiting < 1500;
    waiting = 0;
    if (second) {
      var found = shortcuts.find(function (entry) { return entry.keys === "g " + event.key; });
      if (found) { event.preventDefault(); window.location.assign(found.url); }
      return;
    }
    if (event.key === "g") { waiting = Date.now(); return; }
    if (event.key === "?") { event.preventDefault(); show(); return; }
    if (event.key === "/") {
      var field = document.getElementById("search-field");
      if (field) { event.preventDefault(); field.focus(); field.select(); }
    }
  });
})();
