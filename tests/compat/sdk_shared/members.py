"""Members of an organization."""

from qfieldcloud_sdk import sdk
from support.organizations import new_organization
from support.server import fresh
from support.shapes import MEMBER

Role = sdk.OrganizationMemberRole


class Members:
    def organization(self) -> str:
        return new_organization(self.client().token)

    def test_add_organization_member(self):
        organization = self.organization()
        added = self.client().add_organization_member(organization, "ben", Role.MEMBER, True)
        self.assert_shape(MEMBER, added)
        self.assertEqual(
            {"organization": organization, "member": "ben", "role": "member", "is_public": True},
            {key: added[key] for key in MEMBER},
        )

    def test_get_organization_members(self):
        organization = self.organization()
        self.assertEqual([], self.client().get_organization_members(organization), "the owner is not listed")
        self.client().add_organization_member(organization, "ben", Role.ADMIN, False)
        for who in ("ana", "cleo"):
            (member,) = self.client(who).get_organization_members(organization)
            self.assert_shape(MEMBER, member)
            self.assert_has({"member": "ben", "role": "admin", "is_public": False}, member)

    def test_get_organization_members_of_none(self):
        for name in (fresh("nobody"), "ben"):
            with self.subTest(name), self.refused(403, "permission_denied"):
                self.client().get_organization_members(name)

    def test_patch_organization_members(self):
        organization = self.organization()
        self.client().add_organization_member(organization, "ben", Role.MEMBER, True)
        changed = self.client().patch_organization_members(organization, "ben", Role.ADMIN)
        self.assert_shape(MEMBER, changed)
        self.assert_has({"role": "admin", "is_public": True}, changed)

    def test_remove_organization_members(self):
        organization = self.organization()
        self.client().add_organization_member(organization, "ben", Role.MEMBER, False)
        self.client().remove_organization_members(organization, "ben")
        self.assertEqual([], self.client().get_organization_members(organization))

    def test_who_cannot_be_added(self):
        organization = self.organization()
        self.client().add_organization_member(organization, "ben", Role.MEMBER, False)
        for username, status, code in (
            ("ana", 400, "validation_error"),
            ("ben", 400, "validation_error"),
            (fresh("nobody"), 404, "object_not_found"),
        ):
            with self.subTest(username), self.refused(status, code):
                self.client().add_organization_member(organization, username, Role.MEMBER, False)

    def test_a_plain_member_changes_nothing(self):
        organization = self.organization()
        self.client().add_organization_member(organization, "ben", Role.MEMBER, False)
        with self.refused(403, "permission_denied"):
            self.client("ben").add_organization_member(organization, "cleo", Role.MEMBER, False)

    def test_a_member_owns_projects_in_its_name(self):
        organization = self.organization()
        project = self.project(owner=organization)
        self.assert_has({"owner": organization, "user_role": "admin", "user_role_origin": "organization_owner"}, project)
