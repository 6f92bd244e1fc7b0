namespace Tda.ProxyTrainer.ChatTemplates;

/// <summary>A statement of a template. Running it appends to the output, or changes what names mean.</summary>
/// <param name="Place">Where it stands.</param>
internal abstract record TemplateStatement(TemplatePlace Place)
{
    /// <exception cref="TemplateException">What it is given can't be rendered.</exception>
    public abstract void Run(TemplateScope scope, StringBuilder output);
}

/// <summary>Statements in a row; no scope of its own.</summary>
internal sealed record TemplateBlock(IReadOnlyList<TemplateStatement> Statements) : TemplateStatement(new TemplatePlace(1, 1))
{
    public override void Run(TemplateScope scope, StringBuilder output)
    {
        foreach (var statement in Statements)
        {
            statement.Run(scope, output);
            if (scope.Jump != LoopJump.None)
            {
                return;
            }
        }
    }
}

internal sealed record TemplateText(string Text, TemplatePlace Place) : TemplateStatement(Place)
{
    public override void Run(TemplateScope scope, StringBuilder output) => output.Append(Text);
}

internal sealed record TemplateOutput(TemplateExpression Value, TemplatePlace Place) : TemplateStatement(Place)
{
    public override void Run(TemplateScope scope, StringBuilder output) => output.Append(TemplateValue.Text(Value.Evaluate(scope), Place));
}

internal sealed record TemplateIf(TemplateExpression Condition, TemplateBlock Then, TemplateBlock? Otherwise, TemplatePlace Place) : TemplateStatement(Place)
{
    public override void Run(TemplateScope scope, StringBuilder output) =>
        (TemplateValue.IsTrue(Condition.Evaluate(scope)) ? Then : Otherwise)?.Run(scope, output);
}

/// <summary>A loop; every round has a scope of its own, so that what it sets is gone after it.</summary>
internal sealed record TemplateFor(
    IReadOnlyList<string> Targets, TemplateExpression Items, TemplateExpression? Filter, TemplateBlock Body, TemplateBlock? Otherwise, TemplatePlace Place)
    : TemplateStatement(Place)
{
    public override void Run(TemplateScope scope, StringBuilder output)
    {
        List<object?> items = [.. TemplateValue.Items(Items.Evaluate(scope), Place).Where(item => Filter is null || TemplateValue.IsTrue(Filter.Evaluate(Bind(scope, item))))];
        for (var i = 0; i < items.Count; i++)
        {
            var round = Bind(scope, items[i]);
            round.Set("loop", Loop(items, i));
            Body.Run(round, output);
            if (round.Jump == LoopJump.Break)
            {
                break;
            }
        }

        if (items.Count == 0)
        {
            Otherwise?.Run(scope, output);
        }
    }

    private TemplateScope Bind(TemplateScope scope, object? item)
    {
        var round = new TemplateScope(scope) { InLoop = true };
        if (Targets.Count == 1)
        {
            round.Set(Targets[0], item);
            return round;
        }

        if (item is not List<object?> parts || parts.Count != Targets.Count)
        {
            throw new TemplateException($"{TemplateValue.Kind(item)} doesn't fall into {string.Join(", ", Targets)}", Place);
        }

        for (var i = 0; i < parts.Count; i++)
        {
            round.Set(Targets[i], parts[i]);
        }

        return round;
    }

    private static OrderedDictionary<string, object?> Loop(List<object?> items, int at) => new()
    {
        ["index"] = at + 1L,
        ["index0"] = (long)at,
        ["revindex"] = (long)items.Count - at,
        ["revindex0"] = items.Count - at - 1L,
        ["first"] = at == 0,
        ["last"] = at == items.Count - 1,
        ["length"] = (long)items.Count,
        ["previtem"] = at > 0 ? items[at - 1] : new UndefinedValue("previtem"),
        ["nextitem"] = at + 1 < items.Count ? items[at + 1] : new UndefinedValue("nextitem"),
    };
}

/// <summary>Gives a name, or a namespace's member, a value: an expression's, or what a block writes.</summary>
internal sealed record TemplateSet(string Target, string? Member, TemplateExpression? Value, TemplateBlock? Body, TemplatePlace Place) : TemplateStatement(Place)
{
    public override void Run(TemplateScope scope, StringBuilder output)
    {
        var value = Value?.Evaluate(scope) ?? (Body is null ? null : Written(scope));
        if (Member is null)
        {
            scope.Set(Target, value);
        }
        else if (scope.Get(Target) is NamespaceValue space)
        {
            space.Members[Member] = value;
        }
        else
        {
            throw new TemplateException($"{Target} is no namespace, so {Target}.{Member} can't be set", Place);
        }
    }

    private string Written(TemplateScope scope)
    {
        var written = new StringBuilder();
        Body!.Run(new TemplateScope(scope), written);
        return written.ToString();
    }
}

/// <summary>Gives a piece of the template a name, to be written where it is called.</summary>
internal sealed record TemplateMacro(
    string Name, IReadOnlyList<(string Name, TemplateExpression? Default)> Parameters, TemplateBlock Body, TemplatePlace Place) : TemplateStatement(Place)
{
    public override void Run(TemplateScope scope, StringBuilder output) => scope.Set(Name, new MacroValue(this, scope));
}

/// <summary>A macro, which sees the names around it and not those around its call.</summary>
internal sealed record MacroValue(TemplateMacro Macro, TemplateScope Scope)
{
    public string Call(TemplateCall call)
    {
        call.Only(Macro.Parameters.Count, [.. Macro.Parameters.Select(parameter => parameter.Name)]);
        var scope = new TemplateScope(Scope);
        for (var i = 0; i < Macro.Parameters.Count; i++)
        {
            var (name, otherwise) = Macro.Parameters[i];
            scope.Set(name, i < call.Values.Count ? call.Values[i]
                : call.Named.TryGetValue(name, out var value) ? value
                : otherwise is null ? new UndefinedValue(name)
                : otherwise.Evaluate(scope));
        }

        var written = new StringBuilder();
        Macro.Body.Run(scope, written);
        return written.ToString();
    }
}

internal sealed record TemplateJump(bool IsBreak, TemplatePlace Place) : TemplateStatement(Place)
{
    public override void Run(TemplateScope scope, StringBuilder output) => scope.Leave(IsBreak ? LoopJump.Break : LoopJump.Continue);
}

/// <summary>What names mean.</summary>
internal sealed class TemplateScope(TemplateScope? outer)
{
    private readonly Dictionary<string, object?> _names = new(StringComparer.Ordinal);

    /// <summary>Whether it is a loop's round, which <c>break</c> and <c>continue</c> end.</summary>
    public bool InLoop { get; init; }

    public LoopJump Jump { get; private set; }

    public object? Get(string name) => _names.TryGetValue(name, out var value) ? value : outer is null ? new UndefinedValue(name) : outer.Get(name);

    public void Set(string name, object? value) => _names[name] = value;

    public void Leave(LoopJump jump)
    {
        Jump = jump;
        if (!InLoop)
        {
            outer?.Leave(jump);
        }
    }
}

/// <summary>Whether a loop's round goes on.</summary>
internal enum LoopJump
{
    None,
    Continue,
    Break,
}
