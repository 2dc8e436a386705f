from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('intake', '0007_withdrawal_and_enrolment_changes'),
    ]

    operations = [
        migrations.AddField(
            model_name='person',
            name='told',
            field=models.JSONField(null=True),
        ),
    ]
