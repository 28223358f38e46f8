// In a page that another site shows in a frame: tells the page around it how high it is, when it asks, and whenever that changes.
(function () {
  'use strict';
  if (window.parent === window) return;
  var asker = null;
  var told = 0;
  function tell() {
    var height = Math.ceil(document.body.getBoundingClientRect().height);
    if (!asker || height === told) return;
    told = height;
    window.parent.postMessage({ leaddock: 'height', height: height }, asker);
  }
  window.addEventListener('message', function (message) {
    // Only who may show this page is around it: its policy says so (frame-ancestors).
    if (message.source !== window.parent || !message.data || message.data.leaddock !== 'height?' || message.origin === 'null') return;
    asker = message.origin;
    told = 0;
    tell();
  });
  new ResizeObserver(tell).observe(document.body);
})();
