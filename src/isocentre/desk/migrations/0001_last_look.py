from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    dependencies = []

    operations = [
        migrations.CreateModel(
            name="LastLook",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("username", models.CharField(max_length=150)),
                ("role", models.CharField(max_length=40)),
                ("scope", models.JSONField(default=list)),
                ("seen", models.JSONField(default=dict)),
                ("before", models.JSONField(null=True)),
                ("at", models.DateTimeField()),
            ],
        ),
        migrations.AddConstraint(
            model_name="lastlook",
            constraint=models.UniqueConstraint(fields=("username", "role"), name="one_last_look_a_role"),
        ),
    ]
