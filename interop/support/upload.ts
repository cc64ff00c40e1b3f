import type { FakeDistribution } from '@pkgauth/testkit';

/** Uploads a wheel with the form that twine sends; answers the response. */
export function upload(
  service: string,
  authorization: string,
  wheel: FakeDistribution,
  target = 'acme/packages',
): Promise<Response> {
  const [name = '', version = ''] = wheel.filename.split('-');
  const form = new FormData();
  const fields = {
    ':action': 'file_upload',
    protocol_version: '1',
    metadata_version: '2.1',
    name,
    version,
    filetype: 'bdist_wheel',
    pyversion: 'py3',
    sha256_digest: wheel.sha256,
  };
  for (const [field, value] of Object.entries(fields)) form.set(field, value);
  form.set('content', new Blob([new Uint8Array(wheel.content)]), wheel.filename);
  return fetch(`${service}/v1/upload/${target}`, { method: 'POST', headers: { authorization }, body: form });
}
