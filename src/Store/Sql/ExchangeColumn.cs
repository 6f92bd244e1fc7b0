namespace Tda.Store.Sql;

/// <summary>A column of <c>exchanges</c>.</summary>
/// <param name="Name">Its name in the database.</param>
/// <param name="PostgresType">Its type in PostgreSQL.</param>
/// <param name="Value">A row's value.</param>
/// <param name="Values">Many rows' values as an array of the column's own type.</param>
internal sealed record ExchangeColumn(string Name, string PostgresType, Func<ExchangeRow, object?> Value, Func<IReadOnlyList<ExchangeRow>, Array> Values)
{
    /// <summary>The property of <see cref="ExchangeRow"/> that holds it.</summary>
    public string Property { get; } = string.Concat(Name.Split('_').Select(word => char.ToUpperInvariant(word[0]) + word[1..]));

    public static ExchangeColumn Of<T>(string name, string postgresType, Func<ExchangeRow, T> get) =>
        new(name, postgresType, row => get(row), rows => rows.Select(get).ToArray());
}
