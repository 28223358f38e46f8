// For a page in a frame of another site: sends its height to the embedding page, on request and on every change.
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
    // Any parent is an allowed one: frame-ancestors in the page's policy enforces that.
    if (message.source !== window.parent || !message.data || message.data.leaddock !== 'height?' || message.origin === 'null') return;
    asker = message.origin;
    sent = 0;
    send();
  });
  new ResizeObserver(send).observe(document.body);
})();
