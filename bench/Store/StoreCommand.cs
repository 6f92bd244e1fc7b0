using System.CommandLine;

namespace Tda.Bench.Store;

/// <summary>The verb `store`: a log of many exchanges in SQLite and in PostgreSQL, and what its pages cost.</summary>
internal static class StoreCommand
{
    public static Command Build()
    {
        var exchanges = new Option<int>("--exchanges") { Description = "Exchanges to fill in.", DefaultValueFactory = _ => 1_000_000 };
        var quick = new Option<bool>("--quick") { Description = "20,000 exchanges, to see whether it runs." };
        var batch = new Option<int>("--batch") { Description = "Exchanges of one transaction.", DefaultValueFactory = _ => 250 };
        var only = new Option<string>("--only") { Description = "sqlite or postgres; empty: both.", DefaultValueFactory = _ => "" };
        var scratch = new Option<string>("--scratch") { Description = "Where the databases lie meanwhile; about 10 GB a million.", DefaultValueFactory = _ => Path.GetTempPath() };
        var results = new Option<string>("--results") { Description = "Where the JSON goes.", DefaultValueFactory = _ => Path.Combine("bench", "results") };
        var verb = new Command("store", "Fills SQLite and PostgreSQL with exchanges; times inserts, pages, search, export, verification, retention; keeps the plans.")
        {
            exchanges, quick, batch, only, scratch, results,
        };
        verb.SetAction(async (parse, cancel) =>
        {
            var directory = Directory.CreateDirectory(Path.Combine(parse.GetValue(scratch)!, $"tda-bench-store-{Environment.ProcessId}")).FullName;
            try
            {
                var count = parse.GetValue(quick) ? 20_000 : parse.GetValue(exchanges);
                var report = new StoreReport(StoreMachine.Inspect(), count, parse.GetValue(batch), []);
                foreach (var place in (IStorePlace[])[new SqlitePlace(directory), new PostgresPlace(directory)])
                {
                    if (!place.Name.Contains(parse.GetValue(only)!, StringComparison.OrdinalIgnoreCase))
                    {
                        continue;
                    }

                    await using (place)
                    {
                        report.Stores.Add(await new StoreBenchmark(place, directory, count, parse.GetValue(batch)).RunAsync(cancel).ConfigureAwait(false));
                    }

                    report.Write(parse.GetValue(results)!);
                }

                return 0;
            }
            finally
            {
                Directory.Delete(directory, recursive: true);
            }
        });
        return verb;
    }
}
