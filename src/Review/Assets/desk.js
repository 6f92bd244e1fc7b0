// Keys, the reader's own time, and nothing that reading or deciding needs: all of it works without.
(() => {
  'use strict';
  const store = {
    get on() { try { return localStorage.getItem('tda-single-keys') !== 'off'; } catch { return true; } },
    set on(value) { try { localStorage.setItem('tda-single-keys', value ? 'on' : 'off'); } catch { /* private windows */ } },
  };

  for (const time of document.querySelectorAll('time[datetime]')) {
    const at = new Date(time.dateTime);
    if (!Number.isNaN(at.getTime())) { time.title = at.toLocaleString(); }
  }

  const toggle = document.getElementById('single-keys');
  if (toggle) {
    toggle.checked = store.on;
    toggle.addEventListener('change', () => { store.on = toggle.checked; });
  }

  const form = document.getElementById('decision-form');
  const boxes = () => [...document.querySelectorAll('input[data-document]:not(:disabled)')];

  function submit(value) {
    const button = form && [...form.querySelectorAll('button[name=do]')].find(one => one.value === value);
    if (button) { form.requestSubmit(button); }
    return !!button;
  }

  document.addEventListener('keydown', event => {
    if (event.key === 'Enter' && event.ctrlKey && form) {
      event.preventDefault();
      if (!submit('next')) { submit('decide'); }
      return;
    }

    const typing = event.target.closest('input:not([type=radio]):not([type=checkbox]), textarea, select');
    if (typing || event.ctrlKey || event.altKey || event.metaKey || !store.on) { return; }
    if (event.key === '?') { location.assign('/help'); return; }
    if (event.key === '/' && form) {
      const note = form.querySelector('textarea[name=note]');
      if (note) { event.preventDefault(); note.focus(); }
      return;
    }

    if (event.key === 'p' && form) { submit('preview'); return; }
    if (event.key === 'a' && boxes().length > 0) {
      const all = boxes().some(box => !box.checked);
      for (const box of boxes()) { box.checked = all; }
      return;
    }

    if (/^[1-9]$/.test(event.key)) {
      const box = boxes()[Number(event.key) - 1];
      if (box) { box.checked = !box.checked; box.focus(); }
      return;
    }

    const target = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
    if (!target) { return; }
    event.preventDefault();
    target.focus();
    target.click();
  });

  // A form goes out once: a second click would only be answered with what the first one did.
  for (const one of document.querySelectorAll('form[method=post]')) {
    one.addEventListener('submit', event => {
      if (one.dataset.sent) { event.preventDefault(); return; }
      one.dataset.sent = 'yes';
      setTimeout(() => { delete one.dataset.sent; }, 5000);
    });
  }

  // An attribution that was asked for: the page looks again by itself.
  const job = document.querySelector('[data-job]');
  if (job) {
    const look = async () => {
      try {
        const answer = await fetch(job.dataset.job, { headers: { accept: 'application/json' } });
        if (answer.ok) {
          const now = await answer.json();
          if (now.is_over) { location.reload(); return; }
          job.querySelector('b').textContent = now.state;
          job.querySelector('[data-line]').textContent = now.line;
        }
      } catch { /* the server is away: look again later */ }
      setTimeout(look, 2000);
    };
    setTimeout(look, 2000);
  }

  // What was just shown is where the eye should go.
  const news = document.querySelector('[role=alert], #preview');
  if (news) { news.scrollIntoView({ block: 'nearest' }); }
})();
