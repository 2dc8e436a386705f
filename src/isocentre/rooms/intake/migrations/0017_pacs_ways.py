from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('intake', '0016_routing_whole'),
    ]

    operations = [
        migrations.AddField(
            model_name='pacsnode',
            name='away_until',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='pacsnode',
            name='way',
            field=models.CharField(db_default='move', default='move', max_length=4),
        ),
        migrations.AddField(
            model_name='pacsnode',
            name='web',
            field=models.CharField(blank=True, db_default='', default='', max_length=64),
        ),
        migrations.AddField(
            model_name='pullline',
            name='modalities',
            field=models.CharField(blank=True, db_default='', default='', max_length=64),
        ),
        migrations.AddIndex(
            model_name='pullline',
            index=models.Index(condition=models.Q(('lease_until__isnull', False)), fields=['lease_until'], name='pull_line_leased'),
        ),
        migrations.AddIndex(
            model_name='pullseries',
            index=models.Index(condition=models.Q(('lease_until__isnull', False)), fields=['lease_until'], name='pull_series_leased'),
        ),
    ]
