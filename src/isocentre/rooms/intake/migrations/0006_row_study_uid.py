from django.db import migrations, models

FILL = """
UPDATE intake_ledgerrow SET study_uid = (
    SELECT intake_arrival.study_uid FROM intake_arrival WHERE intake_arrival.id = intake_ledgerrow.arrival_id
)
"""


class Migration(migrations.Migration):

    dependencies = [
        ('intake', '0005_idle_seconds'),
    ]

    operations = [
        migrations.AddField(
            model_name='ledgerrow',
            name='study_uid',
            field=models.CharField(blank=True, db_default='', default='', max_length=64),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.AddIndex(
            model_name='ledgerrow',
            index=models.Index(fields=['research_study', 'study_uid', 'disposition'], name='row_scan'),
        ),
        migrations.AddIndex(
            model_name='ledgerrow',
            index=models.Index(fields=['study_uid'], name='row_study_uid'),
        ),
    ]
