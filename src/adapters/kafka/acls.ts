import {
  type AclEntry,
  AclOperationTypes,
  AclPermissionTypes,
  AclResourceTypes,
  type Kafka,
  ResourcePatternTypes,
} from "kafkajs";
import type { RoleAcl } from "../../ports/role_rights.ts";
import { type Connection, withAdmin } from "./topics.ts";

const OPERATIONS = {
  read: AclOperationTypes.READ,
  write: AclOperationTypes.WRITE,
  describe: AclOperationTypes.DESCRIBE,
} as const;
const RESOURCES = { topic: AclResourceTypes.TOPIC, group: AclResourceTypes.GROUP } as const;

/**
 * Allows each user what it is given here and takes away what else it was allowed, so that an upgrade leaves no right behind.
 * Other users are not touched.
 *
 * @param rights by the user's name.
 * @returns how many rights were added and taken away.
 * @throws {OutsideError} when the brokers cannot be reached or refuse.
 */
export function allowExactly(
  connection: Connection,
  rights: ReadonlyMap<string, readonly RoleAcl[]>,
): Promise<{ readonly added: number; readonly removed: number }> {
  return withAdmin(connection, "allowing the roles", async (admin) => {
    let [added, removed] = [0, 0];
    for (const [user, acls] of rights) {
      const wanted = new Map(acls.map((acl) => aclOf(user, acl)).map((acl) => [keyOf(acl), acl]));
      const there = await aclsOfUser(admin, user);
      const missing = [...wanted].filter(([key]) => !there.has(key)).map(([, acl]) => acl);
      const tooMany = [...there].filter(([key]) => !wanted.has(key)).map(([, acl]) => acl);
      if (missing.length > 0) await admin.createAcls({ acl: missing });
      if (tooMany.length > 0) await admin.deleteAcls({ filters: tooMany });
      added += missing.length;
      removed += tooMany.length;
    }
    return { added, removed };
  });
}

function aclOf(user: string, { resource, name, operation }: RoleAcl): AclEntry {
  return {
    principal: `User:${user}`,
    host: "*",
    permissionType: AclPermissionTypes.ALLOW,
    resourcePatternType: ResourcePatternTypes.LITERAL,
    resourceType: RESOURCES[resource],
    resourceName: name,
    operation: OPERATIONS[operation],
  };
}

type Admin = ReturnType<Kafka["admin"]>;

async function aclsOfUser(admin: Admin, user: string): Promise<ReadonlyMap<string, AclEntry>> {
  const { resources } = await admin.describeAcls({
    resourceType: AclResourceTypes.ANY,
    resourcePatternType: ResourcePatternTypes.ANY,
    permissionType: AclPermissionTypes.ANY,
    operation: AclOperationTypes.ANY,
    principal: `User:${user}`,
  });
  const acls = resources.flatMap(({ acls, ...resource }) => acls.map((acl) => ({ ...resource, ...acl })));
  return new Map(acls.map((acl) => [keyOf(acl), acl]));
}

function keyOf(acl: AclEntry): string {
  const { resourceType, resourcePatternType, resourceName, operation, permissionType, host } = acl;
  return [resourceType, resourcePatternType, resourceName, operation, permissionType, host].join(" ");
}
