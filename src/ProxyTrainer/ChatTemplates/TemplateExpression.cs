namespace Tda.ProxyTrainer.ChatTemplates;

/// <summary>An expression of a template.</summary>
/// <param name="Place">Where it stands.</param>
internal abstract record TemplateExpression(TemplatePlace Place)
{
    /// <exception cref="TemplateException">Its operands don't go together.</exception>
    public abstract object? Evaluate(TemplateScope scope);
}

internal sealed record LiteralExpression(object? Value, TemplatePlace Place) : TemplateExpression(Place)
{
    public override object? Evaluate(TemplateScope scope) => Value;
}

internal sealed record NameExpression(string Name, TemplatePlace Place) : TemplateExpression(Place)
{
    public override object? Evaluate(TemplateScope scope) => scope.Get(Name);
}

internal sealed record ListExpression(IReadOnlyList<TemplateExpression> Values, TemplatePlace Place) : TemplateExpression(Place)
{
    public override object Evaluate(TemplateScope scope) => Values.Select(value => value.Evaluate(scope)).ToList();
}

internal sealed record MapExpression(IReadOnlyList<(TemplateExpression Key, TemplateExpression Value)> Members, TemplatePlace Place) : TemplateExpression(Place)
{
    public override object Evaluate(TemplateScope scope)
    {
        var map = new OrderedDictionary<string, object?>(StringComparer.Ordinal);
        foreach (var (key, value) in Members)
        {
            map[key.Evaluate(scope) as string ?? throw new TemplateException("a key that is no string is not supported", key.Place)] = value.Evaluate(scope);
        }

        return map;
    }
}

internal sealed record ConditionalExpression(TemplateExpression Condition, TemplateExpression Then, TemplateExpression? Otherwise, TemplatePlace Place)
    : TemplateExpression(Place)
{
    public override object? Evaluate(TemplateScope scope) =>
        TemplateValue.IsTrue(Condition.Evaluate(scope)) ? Then.Evaluate(scope)
        : Otherwise is null ? new UndefinedValue("an expression without else")
        : Otherwise.Evaluate(scope);
}

/// <summary>Gives the operand that decides, as Python does.</summary>
internal sealed record LogicalExpression(bool IsOr, TemplateExpression Left, TemplateExpression Right, TemplatePlace Place) : TemplateExpression(Place)
{
    public override object? Evaluate(TemplateScope scope)
    {
        var left = Left.Evaluate(scope);
        return TemplateValue.IsTrue(left) == IsOr ? left : Right.Evaluate(scope);
    }
}

internal sealed record NotExpression(TemplateExpression Value, TemplatePlace Place) : TemplateExpression(Place)
{
    public override object Evaluate(TemplateScope scope) => !TemplateValue.IsTrue(Value.Evaluate(scope));
}

internal sealed record ComparisonExpression(TemplateExpression First, IReadOnlyList<(string Operator, TemplateExpression Right)> Rest, TemplatePlace Place)
    : TemplateExpression(Place)
{
    public override object Evaluate(TemplateScope scope)
    {
        var left = First.Evaluate(scope);
        foreach (var (name, expression) in Rest)
        {
            var right = expression.Evaluate(scope);
            var holds = name switch
            {
                "==" => TemplateValue.AreEqual(left, right),
                "!=" => !TemplateValue.AreEqual(left, right),
                "in" => TemplateValue.Holds(right, left, Place),
                "not in" => !TemplateValue.Holds(right, left, Place),
                "<" => TemplateValue.Compare(left, right, Place) < 0,
                "<=" => TemplateValue.Compare(left, right, Place) <= 0,
                ">" => TemplateValue.Compare(left, right, Place) > 0,
                _ => TemplateValue.Compare(left, right, Place) >= 0,
            };
            if (!holds)
            {
                return false;
            }

            left = right;
        }

        return true;
    }
}

internal sealed record BinaryExpression(string Operator, TemplateExpression Left, TemplateExpression Right, TemplatePlace Place) : TemplateExpression(Place)
{
    public override object Evaluate(TemplateScope scope)
    {
        var (left, right) = (Left.Evaluate(scope), Right.Evaluate(scope));
        return Operator == "~" ? TemplateValue.Text(left, Place) + TemplateValue.Text(right, Place) : TemplateValue.Calculate(Operator, left, right, Place);
    }
}

/// <summary>A member by name or index; what isn't there is undefined.</summary>
internal sealed record MemberExpression(TemplateExpression Of, TemplateExpression Key, TemplatePlace Place) : TemplateExpression(Place)
{
    public override object? Evaluate(TemplateScope scope) => TemplateValue.Member(Of.Evaluate(scope), Key.Evaluate(scope), Place);
}

internal sealed record SliceExpression(
    TemplateExpression Of, TemplateExpression? From, TemplateExpression? To, TemplateExpression? Step, TemplatePlace Place) : TemplateExpression(Place)
{
    public override object Evaluate(TemplateScope scope) =>
        TemplateValue.Slice(Of.Evaluate(scope), Bound(From, scope), Bound(To, scope), Bound(Step, scope) ?? 1, Place);

    private long? Bound(TemplateExpression? expression, TemplateScope scope) => expression?.Evaluate(scope) switch
    {
        null => null,
        long bound => bound,
        var other => throw new TemplateException($"{TemplateValue.Kind(other)} can't bound a slice", Place),
    };
}

/// <summary>A macro, a function, or a method of a value.</summary>
internal sealed record CallExpression(TemplateExpression? Of, string Name, TemplateArguments Arguments, TemplatePlace Place) : TemplateExpression(Place)
{
    public override object? Evaluate(TemplateScope scope)
    {
        var call = Arguments.Evaluate(scope, Name, Place);
        return Of is not null ? TemplateMethods.Call(Of.Evaluate(scope), call)
            : scope.Get(Name) is MacroValue macro ? macro.Call(call)
            : TemplateFunctions.Knows(Name) ? TemplateFunctions.Call(call)
            : throw new TemplateException($"\"{Name}\" is no macro here", Place);
    }
}

internal sealed record FilterExpression(TemplateExpression Value, string Name, TemplateArguments Arguments, TemplatePlace Place) : TemplateExpression(Place)
{
    public override object? Evaluate(TemplateScope scope) => TemplateFilters.Call(Value.Evaluate(scope), Arguments.Evaluate(scope, Name, Place));
}

internal sealed record TestExpression(TemplateExpression Value, string Name, TemplateArguments Arguments, TemplatePlace Place) : TemplateExpression(Place)
{
    public override object Evaluate(TemplateScope scope) => TemplateTests.Call(Value.Evaluate(scope), Arguments.Evaluate(scope, Name, Place));
}

/// <summary>What a call is given.</summary>
internal sealed record TemplateArguments(IReadOnlyList<TemplateExpression> Values, IReadOnlyList<(string Name, TemplateExpression Value)> Named)
{
    public static TemplateArguments None { get; } = new([], []);

    public TemplateCall Evaluate(TemplateScope scope, string name, TemplatePlace place) =>
        new(name, [.. Values.Select(value => value.Evaluate(scope))], Named.ToDictionary(one => one.Name, one => one.Value.Evaluate(scope), StringComparer.Ordinal), place);
}
