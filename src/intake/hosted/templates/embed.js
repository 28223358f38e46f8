(function () {
  'use strict';
  var form = "SETTINGS";
  // Height of the frame until the page in it reports its own.
  var HEIGHT = 1300;

  function say(words) { console.error('Leaddock form "' + form.key + '": ' + words); }

  // This script's tag. A module has no currentScript: then the first unused one with this address.
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
      // The page after submission is shorter: scroll it into view.
      if (pages > 1 && made.getBoundingClientRect().top < 0) made.scrollIntoView();
      // Ask the page for its height; it answers this origin only.
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
      try { place = document.querySelector(target); } catch (error) { /* reported below */ }
      if (!place) return say('there is no element ' + target + ' (data-target) on this page.');
      place.appendChild(made);
    } else if (isPlaced(tag)) {
      tag.parentNode.replaceChild(made, tag);
    } else {
      document.body.appendChild(made);
      say('the script tag is not inside a visible part of the page, so the form was added at the end. Set its place with data-target="#id".');
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
