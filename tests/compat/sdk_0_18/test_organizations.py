from qfieldcloud_sdk import sdk
from sdk_shared.case import SdkCase
from sdk_shared.collaborators import Collaborators as SharedCollaborators
from sdk_shared.members import Members as SharedMembers
from support.organizations import new_organization
from support.server import fresh
from support.shapes import TEAM, TEAM_MEMBER


class Collaborators(SharedCollaborators, SdkCase):
    pass


class Members(SharedMembers, SdkCase):
    def test_a_creator_creates_and_administers(self):
        organization = self.organization()
        self.client().add_organization_member(organization, "ben", sdk.OrganizationMemberRole.CREATOR, False)
        project = self.project("ben", owner=organization)
        self.assert_has({"user_role": "admin", "user_role_origin": "collaborator"}, self.client("ben").get_project(project["id"]))


class Teams(SdkCase):
    def organization(self) -> str:
        """One with ben in it."""
        organization = new_organization(self.client().token)
        self.client().add_organization_member(organization, "ben", sdk.OrganizationMemberRole.MEMBER, False)
        return organization

    def test_create_organization_team(self):
        organization = self.organization()
        team = self.client().create_organization_team(organization, "surveyors")
        self.assert_shape(TEAM, team)
        self.assert_has({"team": "surveyors", "organization": organization, "members": []}, team)
        with self.refused(400, "validation_error"):
            self.client().create_organization_team(organization, "surveyors")
        with self.refused(400, "api_error"):
            self.client().create_organization_team(organization, "")

    def test_get_organization_teams(self):
        organization = self.organization()
        self.assertEqual([], self.client().get_organization_teams(organization))
        for name in ("surveyors", "divers"):
            self.client().create_organization_team(organization, name)
        teams = self.client().get_organization_teams(organization)
        for team in teams:
            self.assert_shape(TEAM, team)
        self.assertEqual({"surveyors", "divers"}, {team["team"] for team in teams})

    def test_get_organization_team(self):
        organization = self.organization()
        self.client().create_organization_team(organization, "surveyors")
        self.client().add_organization_team_member(organization, "surveyors", "ben")
        team = self.client("cleo").get_organization_team(organization, "surveyors")
        self.assert_shape(TEAM, team)
        self.assert_has({"team": "surveyors", "members": ["ben"]}, team)

    def test_a_team_that_is_not_there(self):
        organization = self.organization()
        with self.refused(404, "object_not_found"):
            self.client().get_organization_team(organization, "nobodies")
        with self.refused(403, "permission_denied"):
            self.client().get_organization_team_members(organization, "nobodies")
        with self.refused(403, "permission_denied"):
            self.client().get_organization_teams(fresh("nowhere"))

    def test_patch_organization_team(self):
        organization = self.organization()
        self.client().create_organization_team(organization, "surveyors")
        renamed = self.client().patch_organization_team(organization, "surveyors", "divers")
        self.assert_shape(TEAM, renamed)
        self.assertEqual(["divers"], [team["team"] for team in self.client().get_organization_teams(organization)])

    def test_delete_organization_team(self):
        organization = self.organization()
        self.client().create_organization_team(organization, "surveyors")
        self.client().delete_organization_team(organization, "surveyors")
        self.assertEqual([], self.client().get_organization_teams(organization))

    def test_add_organization_team_member(self):
        organization = self.organization()
        self.client().create_organization_team(organization, "surveyors")
        added = self.client().add_organization_team_member(organization, "surveyors", "ben")
        self.assert_shape(TEAM_MEMBER, added)
        self.assert_has({"member": "ben"}, added)
        with self.refused(400, "api_error"):
            self.client().add_organization_team_member(organization, "surveyors", fresh("nobody"))
        with self.refused(400, "validation_error"):
            self.client().add_organization_team_member(organization, "surveyors", "cleo")

    def test_get_organization_team_members(self):
        organization = self.organization()
        self.client().create_organization_team(organization, "surveyors")
        self.client().add_organization_team_member(organization, "surveyors", "ben@example.org")
        (member,) = self.client().get_organization_team_members(organization, "surveyors")
        self.assert_has({"member": "ben"}, member)

    def test_remove_organization_team_member(self):
        organization = self.organization()
        self.client().create_organization_team(organization, "surveyors")
        self.client().add_organization_team_member(organization, "surveyors", "ben")
        self.client().remove_organization_team_member(organization, "surveyors", "ben")
        self.assertEqual([], self.client().get_organization_team_members(organization, "surveyors"))

    def test_a_team_is_a_collaborator(self):
        organization = self.organization()
        self.client().create_organization_team(organization, "surveyors")
        self.client().add_organization_team_member(organization, "surveyors", "ben")
        project, team = self.project(owner=organization), f"@{organization}/surveyors"
        added = self.client().add_project_collaborator(project["id"], team, sdk.ProjectCollaboratorRole.EDITOR)
        self.assert_has({"collaborator": team, "role": "editor"}, added)
        self.assert_has(
            {"user_role": "editor", "user_role_origin": "team_member"}, self.client("ben").get_project(project["id"])
        )

    def test_a_plain_member_makes_no_team(self):
        organization = self.organization()
        with self.refused(403, "permission_denied"):
            self.client("ben").create_organization_team(organization, "mine")
