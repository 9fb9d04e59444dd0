"use strict";
(function () {
  var facts = JSON.parse(document.getElementById("facts").textContent);
  var buttons = document.querySelectorAll("[data-language]");
  function show(language) {
    document.documentElement.lang = language;
    document.title = facts.titles[language];
    buttons.forEach(function (b) { b.setAttribute("aria-pressed", String(b.dataset.language === language)); });
  }
  buttons.forEach(function (b) { b.addEventListener("click", function () { show(b.dataset.language); }); });
  show(location.hash === "#zh" || (location.hash !== "#en" && /^zh/i.test(navigator.language)) ? "zh" : "en");

  document.querySelectorAll("table[data-sortable]").forEach(function (table) {
    table.querySelectorAll("thead th button").forEach(function (button) {
      var head = button.closest("th");
      button.addEventListener("click", function () {
        var falling = head.getAttribute("aria-sort") !== "descending";
        table.querySelectorAll("thead th").forEach(function (th) { th.removeAttribute("aria-sort"); });
        head.setAttribute("aria-sort", falling ? "descending" : "ascending");
        var body = table.tBodies[0], at = head.cellIndex;
        function key(row) { var cell = row.cells[at]; return cell.dataset.v === undefined ? cell.textContent.trim() : Number(cell.dataset.v); }
        Array.from(body.rows).sort(function (a, b) {
          var x = key(a), y = key(b), order = typeof x === "number" ? x - y : String(x).localeCompare(String(y));
          return falling ? -order : order;
        }).forEach(function (row) { body.appendChild(row); });
      });
    });
  });
})();
