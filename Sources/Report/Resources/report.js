// The reading page: play from a line, mark the line being spoken, find in the transcript.
// The page reads the same without it.
'use strict';
(() => {
  const lines = [...document.querySelectorAll('.line')];
  if (!lines.length) return;
  const media = document.querySelector('video, audio');
  const time = line => line.querySelector('.time');
  const text = line => line.querySelector('.text');
  const starts = lines.map(line => Number(time(line).dataset.start));
  const make = (name, values) => Object.assign(document.createElement(name), values);
  const calm = matchMedia('(prefers-reduced-motion)');
  let now;

  const lineAt = seconds => {
    let low = 0, high = lines.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (starts[middle] <= seconds + 0.01) low = middle + 1; else high = middle;
    }
    return lines[low - 1];
  };

  // On a phone the player lies over the top of the page.
  const inView = line => {
    const box = line.getBoundingClientRect(), cover = media.parentNode.getBoundingClientRect();
    return box.height && box.top < innerHeight && box.bottom > (cover.left < box.right ? cover.bottom : 0);
  };
  const show = (line, behavior) => { if (!line.hidden && !inView(line)) line.scrollIntoView({ behavior }); };

  // Follows only while the last spoken line is in view: a reader who scrolled away is left alone.
  const follow = () => {
    const line = lineAt(media.currentTime);
    if (line === now) return;
    const following = !media.paused && (!now || inView(now));
    if (now) {
      now.classList.remove('now');
      now.removeAttribute('aria-current');
    }
    now = line;
    if (!line) return;
    line.classList.add('now');
    line.setAttribute('aria-current', 'true');
    if (following) show(line, calm.matches ? 'auto' : 'smooth');
  };

  // Browsers refuse caption files from disk; there the captions come from the page.
  const captionFromPage = track => {
    track.remove();
    const captions = media.addTextTrack('captions', track.label);
    lines.forEach((line, index) => {
      const end = Math.min(starts[index + 1] || Infinity, starts[index] + 7);
      captions.addCue(new VTTCue(starts[index], end, text(line).textContent));
    });
  };

  document.querySelectorAll('.chapters a').forEach(link => {
    link.href = '#' + (lineAt(link.dataset.start * 1) || lines[0]).id;
  });

  if (media) {
    const openAddress = () => {
      const index = lines.findIndex(line => '#' + line.id === location.hash);
      if (index >= 0) media.currentTime = starts[index];
    };
    const track = media.querySelector('track');
    if (track && location.protocol === 'file:') captionFromPage(track);
    ['timeupdate', 'seeked'].forEach(name => media.addEventListener(name, follow));
    addEventListener('hashchange', openAddress);
    openAddress();
    document.addEventListener('click', event => {
      const link = event.target.closest('[data-start]');
      if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      history.replaceState(null, '', link.hash);
      media.currentTime = link.dataset.start;
      media.play().catch(() => {});
      show(lineAt(link.dataset.start * 1));
    });
  }

  const find = make('div', { className: 'find' });
  const box = make('input', { type: 'search', placeholder: 'Find in this transcript', ariaLabel: 'Find in this transcript' });
  const count = make('span', { className: 'meta' });
  find.setAttribute('role', 'search');
  count.setAttribute('role', 'status');
  box.setAttribute('aria-keyshortcuts', '/');
  find.append(box, count);
  document.querySelector('.lines').before(find);

  const search = () => {
    const words = box.value.trim().replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&').replace(/\s+/g, '\\s+');
    const pattern = words && new RegExp(`(${words})`, 'iu');
    let found = 0;
    lines.forEach(line => {
      // Split by one group: every second piece is a match.
      const pieces = pattern ? text(line).textContent.split(pattern) : [text(line).textContent];
      line.hidden = Boolean(pattern) && pieces.length < 2;
      text(line).replaceChildren(...pieces.map((piece, index) => index % 2 ? make('mark', { textContent: piece }) : piece));
      found += !line.hidden;
    });
    document.querySelectorAll('.lines h3').forEach(heading => { heading.hidden = Boolean(pattern); });
    count.textContent = pattern && (found === 1 ? '1 line' : `${found || 'No'} lines`);
  };

  box.addEventListener('input', search);
  box.addEventListener('keydown', event => {
    const first = lines.find(line => !line.hidden);
    if (event.key === 'Enter' && first) time(first).focus();
    if (event.key === 'Escape') {
      box.value = '';
      search();
    }
  });
  document.addEventListener('keydown', event => {
    if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || event.target.matches('input')) return;
    event.preventDefault();
    box.focus();
  });
})();
