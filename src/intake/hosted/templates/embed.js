(function () {
  'use strict';
  var form = "SETTINGS";
  // What the page in the frame is as high as until it says so itself.
  var HEIGHT = 1300;

  function say(words) { console.error('Leaddock form "' + form.key + '": ' + words); }

  // Its own tag. A module has no currentScript: then it is the first one with its address that was not used yet.
  function ownTag() {
    var current = document.currentScript;
    if (current && current.tagName.toLowerCase() === 'script') return current;
    var tags = document.querySelectorAll('script[src]');
    for (var i = 0; i < tags.length; i++) {
      var path = tags[i].src.split(/[?#]/)[0];
      if (path.slice(-('/f/' + form.key + '/embed.js').length) === '/f/' + form.key + '/embed.js' && !tags[i].hasAttribute('data-shown')) return tags[i];
    }
    return null;
  }

  function isPlaced(tag) {
    return !!tag && !!tag.parentNode && tag.isConnected && !(document.head && document.head.contains(tag));
  }

  function address() {
    var query = 'embed=1';
    if (location.origin !== 'null') query += '&page_url=' + encodeURIComponent(location.origin + location.pathname);
    location.search.slice(1).split('&').forEach(function (pair) {
      if (/^utm_[a-z_]+=./i.test(pair)) query += '&' + pair;
    });
    return form.page + '?' + query;
  }

  function frame(height) {
    var made = document.createElement('iframe');
    made.src = address();
    made.title = form.title;
    made.style.cssText = 'display:block;width:100%;border:0;height:' + height + 'px';
    var pages = 0;
    var answered = false;
    made.addEventListener('load', function () {
      pages += 1;
      // A page that was sent is followed by a shorter one: it is not left out of sight.
      if (pages > 1 && made.getBoundingClientRect().top < 0) made.scrollIntoView();
      // The page in it answers to this origin alone, with its height.
      if (made.contentWindow) made.contentWindow.postMessage({ leaddock: 'height?' }, form.origin);
      if (pages === 1) setTimeout(function () {
        if (!answered) say('the page in the frame does not answer. Does this address open in a tab of its own? ' + form.page);
      }, 5000);
    });
    window.addEventListener('message', function (message) {
      if (message.source !== made.contentWindow || message.origin !== form.origin) return;
      var wanted = message.data && message.data.leaddock === 'height' ? Number(message.data.height) : 0;
      if (!(wanted > 0 && wanted < 100000)) return;
      answered = true;
      made.style.height = Math.ceil(wanted) + 'px';
    });
    return made;
  }

  function show(tag) {
    var target = tag && tag.getAttribute('data-target');
    var made = frame(tag && parseInt(tag.getAttribute('data-height'), 10) || HEIGHT);
    if (target) {
      var place = null;
      try { place = document.querySelector(target); } catch (error) { /* said below */ }
      if (!place) return say('there is no element ' + target + ' (data-target) on this page.');
      place.appendChild(made);
    } else if (isPlaced(tag)) {
      tag.parentNode.replaceChild(made, tag);
    } else {
      document.body.appendChild(made);
      say('its script stands in no place of the page that could show it, so the form is at the end. Say where by data-target="#id".');
    }
    if (location.origin !== form.origin && form.allowed.indexOf('*') < 0 && form.allowed.indexOf(location.origin) < 0) {
      say('refused, because ' + location.origin + ' is not among the allowed_origins of this form. Add it there (it may take some minutes).');
    }
  }

  var own = ownTag();
  if (own) own.setAttribute('data-shown', '');
  var isReady = document.readyState !== 'loading' || (isPlaced(own) && !own.getAttribute('data-target'));
  if (isReady) show(own);
  else document.addEventListener('DOMContentLoaded', function () { show(own); });
})();
