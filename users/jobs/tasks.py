"""Wake-ups through Django's tasks; losing one loses nothing, the sweep finds the job."""

from django.tasks import task

from users.jobs import machinery


@task()
def run_job(job_id: int) -> None:
    machinery.claim_and_run(job_id)
