// The form in ODK Web Forms.  Reads form.xml and lists/ from the little server of preview.py; what is filled in stays on this page.
import { createApp, h } from 'vue';
import { OdkWebForm, webFormsPlugin } from '@getodk/web-forms';

const answer = await fetch('form.xml');
const formXml = await answer.text();
const fetchFormAttachment = (url) => fetch('lists/' + url.pathname.split('/').pop());
const show = async (payload) => {
  const page = document.getElementById('submission');
  page.textContent = await payload.data[0].get('xml_submission_file').text();
  page.hidden = false;
  page.scrollIntoView();
};
createApp({
  render: () => h(OdkWebForm, { formXml, fetchFormAttachment, missingResourceBehavior: 'DEFAULT', onSubmit: show }),
}).use(webFormsPlugin).mount('#form');
