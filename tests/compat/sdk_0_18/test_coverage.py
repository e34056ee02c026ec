"""Every public method of the SDK is covered. Needs no server."""

import unittest

from qfieldcloud_sdk import sdk
from support.coverage import problems

COVERED = {
    "login": "test_session.Session.test_login",
    "logout": "test_session.Session.test_logout",
    "create_user": "test_session.Users.test_create_user",
    "check_server_status": "test_session.Session.test_check_server_status",
    "current_subscription": "test_session.Subscription.test_current_subscription",
    "list_projects": "test_projects.Projects.test_list_projects_over_more_than_one_page",
    "get_project": "test_projects.Projects.test_get_project",
    "create_project": "test_projects.Projects.test_create_project",
    "patch_project": "test_projects.Projects.test_patch_project",
    "delete_project": "test_projects.Projects.test_delete_project",
    "get_project_seed": "test_projects.Seeds.test_get_project_seed",
    "get_project_seed_xlsform": "test_projects.Seeds.test_get_project_seed_xlsform",
    "get_project_seed_json2qgis": "test_projects.Seeds.test_get_project_seed_json2qgis",
    "upload_project_thumbnail": "test_projects.Thumbnails.test_upload_project_thumbnail",
    "list_remote_files": "test_files.Uploads.test_list_remote_files",
    "list_local_files": "test_files.Uploads.test_list_local_files",
    "upload_file": "test_files.Uploads.test_upload_file",
    "upload_files": "test_files.Uploads.test_upload_files",
    "download_project": "test_files.Downloads.test_download_project",
    "download_files": "test_files.Downloads.test_download_files",
    "download_file": "test_files.Downloads.test_download_file",
    "delete_file": "test_files.Deletions.test_delete_file",
    "delete_files": "test_files.Downloads.test_delete_files",
    "list_jobs": "test_jobs.Jobs.test_list_jobs",
    "job_trigger": "test_jobs.Jobs.test_job_trigger",
    "job_status": "test_jobs.Jobs.test_job_status",
    "package_latest": "test_jobs.Packages.test_package_latest_after_packaging",
    "package_download": "test_jobs.Packages.test_package_download_after_packaging",
    "push_delta": "test_jobs.Deltas.test_push_delta",
    "get_project_collaborators": "test_organizations.Collaborators.test_get_project_collaborators",
    "add_project_collaborator": "test_organizations.Collaborators.test_add_project_collaborator",
    "patch_project_collaborators": "test_organizations.Collaborators.test_patch_project_collaborators",
    "remove_project_collaborator": "test_organizations.Collaborators.test_remove_project_collaborator",
    "get_organization_members": "test_organizations.Members.test_get_organization_members",
    "add_organization_member": "test_organizations.Members.test_add_organization_member",
    "patch_organization_members": "test_organizations.Members.test_patch_organization_members",
    "remove_organization_members": "test_organizations.Members.test_remove_organization_members",
    "get_organization_teams": "test_organizations.Teams.test_get_organization_teams",
    "create_organization_team": "test_organizations.Teams.test_create_organization_team",
    "get_organization_team": "test_organizations.Teams.test_get_organization_team",
    "patch_organization_team": "test_organizations.Teams.test_patch_organization_team",
    "delete_organization_team": "test_organizations.Teams.test_delete_organization_team",
    "get_organization_team_members": "test_organizations.Teams.test_get_organization_team_members",
    "add_organization_team_member": "test_organizations.Teams.test_add_organization_team_member",
    "remove_organization_team_member": "test_organizations.Teams.test_remove_organization_team_member",
}


class Coverage(unittest.TestCase):
    def test_every_public_method_has_a_test(self):
        self.assertEqual([], problems(sdk.Client, "sdk_0_18", COVERED))
        self.assertEqual("0.18.0", sdk.__version__)
