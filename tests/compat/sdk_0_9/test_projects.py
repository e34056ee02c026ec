from sdk_shared.case import SdkCase
from sdk_shared.projects import MORE_THAN_A_PAGE
from sdk_shared.projects import Projects as SharedProjects


class Projects(SharedProjects, SdkCase):
    def test_a_page_this_sdk_asks_for_wrongly(self):
        """It follows X-Next-Page with `limit=['20']&offset=['20']`; answered with the first page again, it would ask for ever."""
        made = {self.project("pager")["id"] for _ in range(MORE_THAN_A_PAGE)}
        listed = [project["id"] for project in self.client("pager").list_projects()]
        self.assertLessEqual(made, set(listed))
        self.assertIn(len(listed) - len(set(listed)), (0, 20), "a limit that is no number counts as none: the whole list follows")
