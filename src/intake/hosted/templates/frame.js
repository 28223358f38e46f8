// In a page that another site shows in a frame: tells the page around it how high it is, when it asks, and whenever that changes.
(function () {
  'use strict';
  if (window.parent === window) return;
  var asker = null;
  var sent = 0;
  function send() {
    var height = Math.ceil(document.body.getBoundingClientRect().height);
    if (!asker || height === sent) return;
    sent = height;
    window.parent.postMessage({ leaddock: 'height', height: height }, asker);
  }
  window.addEventListener('message', function (message) {
    // Only who may show this page is around it: its policy says so (frame-ancestors).
    if (message.source !== window.parent || !message.data || message.data.leaddock !== 'height?' || message.origin === 'null') return;
    asker = message.origin;
    sent = 0;
    send();
  });
  new ResizeObserver(send).observe(document.body);
})();
