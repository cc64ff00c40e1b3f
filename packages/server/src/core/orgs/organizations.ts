import { recordAudit } from '../audit.ts';
import { ServiceError } from '../errors.ts';
import type { Organization } from '../model.ts';
import type { Clock, Epoch, Random, Storage } from '../ports/index.ts';
import { newId } from '../random-text.ts';
import type { By } from '../services.ts';

export type NewOrganization = {
  slug: string;
  title: string;
  ownerId: string;
  /** `service` makes the one organization of the service itself, whose slug nobody else may have. */
  kind: 'tenant' | 'service';
};

export type Organizations = {
  /**
   * Makes the organization, its owner and its default view `main`, which is every registry that it will have.
   * `invalid-request` for a slug that cannot be, `conflict` for one that is taken.
   */
  create(input: NewOrganization, by: By): Promise<Organization>;
};

/** Owner of the public views of the service. */
export const serviceSlug = 'public';
/** `/simple/pypi/` is an address of its own, so no organization can have that name. */
const addressSlugs: readonly string[] = ['pypi'];
const slugPattern = /^[a-z0-9][a-z0-9-]{0,62}$/;

/** Name of the default view of every organization. */
const defaultViewName = 'main';

export type OrganizationDeps = { storage: Storage; clock: Clock; random: Random; epoch: Epoch };

export function createOrganizations({ storage, clock, random, epoch }: OrganizationDeps): Organizations {
  return {
    async create({ slug, title, ownerId, kind }, by) {
      if (!slugPattern.test(slug)) {
        throw new ServiceError(
          'invalid-request',
          'An organization name has lower-case letters, digits and hyphens, at most 63',
        );
      }
      if (addressSlugs.includes(slug) || (slug === serviceSlug) !== (kind === 'service')) {
        throw new ServiceError('invalid-request', `The name ${slug} is reserved`);
      }
      const createdAt = clock.now();
      const id = newId(random, 'org');
      const organization: Organization = {
        id,
        slug,
        title: title.trim() || slug,
        createdAt,
        suspendedAt: null,
      };
      await storage.transaction(async (step) => {
        if ((await step.organizations.findBySlug(slug)) !== undefined) {
          throw new ServiceError('conflict', `There is an organization ${slug} already`);
        }
        await step.organizations.insert(organization);
        await step.organizations.members.put({ orgId: id, userId: ownerId, role: 'owner', createdAt });
        await step.registries.insertView({
          id: newId(random, 'viw'),
          orgId: id,
          name: defaultViewName,
          public: false,
          isDefault: true,
          registryIds: [],
          createdAt,
        });
        await step.revocations.bump();
        await recordAudit(step, clock, by, {
          action: 'organization.create',
          orgId: id,
          target: id,
          detail: { slug, owner: ownerId },
        });
      });
      await epoch.refresh();
      return organization;
    },
  };
}
