namespace Tda.Store.Tests;

/// <summary>Every store test runs against each of these.</summary>
public sealed class Databases : TheoryData<string>
{
    public const string Sqlite = "sqlite";
    public const string Postgres = "postgres";

    public Databases()
    {
        Add(Sqlite);
        Add(Postgres);
    }
}
