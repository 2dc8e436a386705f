// Draw a box in the picture of a finding with a mouse or a finger: its numbers go into "Further boxes".
(function () {
  "use strict";
  var picture = document.getElementById("picture");
  var more = document.getElementById("more");
  if (!picture || !more) return;
  var begun = null;
  var drawn = null;

  function place(event) {
    var point = picture.createSVGPoint();
    point.x = event.clientX;
    point.y = event.clientY;
    var at = point.matrixTransform(picture.getScreenCTM().inverse());
    var size = picture.viewBox.baseVal;
    return { x: Math.min(Math.max(at.x, 0), size.width), y: Math.min(Math.max(at.y, 0), size.height) };
  }

  function box(end) {
    return [Math.min(begun.x, end.x), Math.min(begun.y, end.y), Math.max(begun.x, end.x), Math.max(begun.y, end.y)]
      .map(Math.round);
  }

  picture.addEventListener("pointerdown", function (event) {
    if (event.button !== 0) return;
    begun = place(event);
    drawn = document.createElementNS("http://www.w3.org/2000/svg", "rect");
    drawn.setAttribute("class", "app-box app-box--also");
    picture.appendChild(drawn);
    picture.setPointerCapture(event.pointerId);
    event.preventDefault();
  });
  picture.addEventListener("pointermove", function (event) {
    if (!begun) return;
    var now = box(place(event));
    drawn.setAttribute("x", now[0]);
    drawn.setAttribute("y", now[1]);
    drawn.setAttribute("width", now[2] - now[0]);
    drawn.setAttribute("height", now[3] - now[1]);
  });
  picture.addEventListener("pointerup", function (event) {
    if (!begun) return;
    var made = box(place(event));
    begun = null;
    if (made[2] - made[0] < 2 || made[3] - made[1] < 2) {
      drawn.remove();
      return;
    }
    more.value = (more.value.trim() ? more.value.trim() + "\n" : "") + made.join(", ");
  });
  picture.addEventListener("pointercancel", function () {
    begun = null;
    if (drawn) drawn.remove();
  });
})();
