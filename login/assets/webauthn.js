// Kratos' own script does the work; this starts it without inline handlers, which the page's policy forbids.
const status = document.querySelector('[data-key-status]');
// Kratos' script reports through alert(), which would stop everything for a key that was merely not touched in time
window.alert = () => {
  if (status) status.textContent = status.dataset.keyStatus;
};
for (const button of document.querySelectorAll('button[data-trigger]')) {
  if (window.PublicKeyCredential) button.hidden = false;
  button.addEventListener('click', () => {
    if (!button.form.reportValidity()) return;
    if (status) status.textContent = '';
    const start = window[button.dataset.trigger];
    // as long as the script has not come, there is nothing to start
    if (typeof start === 'function') start();
    else window.alert();
  });
}
